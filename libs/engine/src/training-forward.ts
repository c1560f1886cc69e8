import { rootKey, singleProcess, type Forward, type PendingUpdates } from '@tessera/core';

/**
 * The forward of a training step: batch statistics, stochastic layers. What is not given is of the first step of a run of one process; the
 * trainer gives all.
 */
export function trainingForward(updates: PendingUpdates, given: Partial<Forward> = {}): Forward {
  return {
    training: true,
    statistics: 'local',
    updates,
    collective: singleProcess,
    progress: { step: 0, epoch: 0, stepsPerEpoch: 1, totalSteps: 1 },
    sampleIds: new Int32Array(0),
    key: rootKey(0),
    ...given,
  };
}
