import { definePlugin } from '@tessera/core';
import { progressReporter } from './progress.ts';

/** What only the command has. */
export const reportersPlugin = definePlugin({
  name: '@tessera/trainer',
  contract: 2,
  extensions: [progressReporter],
});
