import type { Doubt } from '@tessera/core';

/** Without momentum there is no step to look ahead by. */
export function nesterovDoubt(nesterov: boolean, momentum: number): Doubt | undefined {
  if (!nesterov || momentum > 0) return undefined;
  return { code: 'W_NESTEROV', message: 'nesterov counts for nothing with a momentum of 0' };
}
