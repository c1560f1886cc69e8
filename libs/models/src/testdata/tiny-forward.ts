import { rootKey, singleProcess, type Collective, type Forward, type PendingUpdates } from '@tessera/core';
import { trainingForward as forwardOf } from '@tessera/engine';

/** A training forward of one process, or of many. @param step whose draws it makes */
export function trainingForward(updates: PendingUpdates, collective: Collective = singleProcess, step = 0): Forward {
  const statistics = collective.worldSize > 1 ? 'collective' : 'local';
  return forwardOf(updates, { statistics, collective, key: rootKey(step) });
}
