import { singleProcess, type Collective, type Forward, type PendingUpdates } from '@tessera/core';

/** A training forward of one process. */
export function trainingForward(updates: PendingUpdates, collective: Collective = singleProcess): Forward {
  return { training: true, statistics: collective.worldSize > 1 ? 'collective' : 'local', updates, collective };
}
