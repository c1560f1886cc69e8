import { definePlugin } from '@tessera/core';
import { knn } from './knn/evaluation.ts';
import { retrieval } from './retrieval/evaluation.ts';

/** What this package adds to the registry. */
export const evaluationPlugin = definePlugin({
  name: '@tessera/evaluation',
  contract: 2,
  extensions: [knn, retrieval],
});
