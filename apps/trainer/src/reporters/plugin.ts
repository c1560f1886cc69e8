import { definePlugin } from '@tessera/core';
import { jsonlReporter } from './jsonl.ts';
import { progressReporter } from './progress.ts';

/** The reporters of the command line. */
export const reportersPlugin = definePlugin({
  name: '@tessera/trainer',
  contract: 2,
  extensions: [jsonlReporter, progressReporter],
});
