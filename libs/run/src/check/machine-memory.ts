import { totalmem } from 'node:os';

/** Bytes of memory that this process may have: the machine's, or what its control group is limited to. */
export function machineMemory(): number {
  // Without a limit it says 0, or more than there is.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
