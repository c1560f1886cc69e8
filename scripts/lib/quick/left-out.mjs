// What `npm run quick` leaves to `npm test`: conformance of kernels that no training uses, property tests, and files that train for long.

/** Test files, as vitest's --exclude takes them; a test holds that each is there. */
export const leftOut = [
  // tfjs kernels that the torch engine has for the sake of tfjs's own suite.
  ...[
    'complex',
    'image-sample',
    'limits',
    'misuse',
    'neighbourhood',
    'space-batch',
    'sparse-ragged',
    'strings',
    'volume',
  ].map((name) => `libs/backend-torch/src/kernels/${name}.test.ts`),
  // Drawn calls, processes that end, instruction sets.
  'libs/backend-torch/src/safety/**',
  // Whole runs.
  'libs/methods/src/train-trace.test.ts',
  'libs/run/src/training/bf16-trace.test.ts',
];
