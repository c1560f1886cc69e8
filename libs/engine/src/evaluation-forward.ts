import { singleProcess, type Forward, type PendingUpdates } from '@tessera/core';

/** Evaluation changes no state. Values are left to the scope in which they were made. */
const ignored: PendingUpdates = {
  assign: () => undefined,
  blend: () => undefined,
  accumulate: () => undefined,
  defer: () => undefined,
};

/** The forward of evaluation: running statistics, no stochastic layer, no update, one process. Call it within a tidy. */
export function evaluationForward(): Forward {
  return { training: false, statistics: 'local', updates: ignored, collective: singleProcess };
}
