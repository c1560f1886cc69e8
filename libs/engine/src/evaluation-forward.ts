import { rootKey, singleProcess, type Forward, type PendingUpdates } from '@tessera/core';

/** Evaluation changes no state. Values are left to the scope in which they were made. */
const ignored: PendingUpdates = {
  assign: () => undefined,
  blend: () => undefined,
  accumulate: () => undefined,
  defer: () => undefined,
};

/** The forward of evaluation: running statistics, no stochastic layer, no update, one process. Call it within a tidy. */
export function evaluationForward(): Forward {
  return {
    training: false,
    statistics: 'local',
    updates: ignored,
    collective: singleProcess,
    progress: { step: 0, epoch: 0, stepsPerEpoch: 1, totalSteps: 1 },
    sampleIds: new Int32Array(0),
    key: rootKey(0),
  };
}
