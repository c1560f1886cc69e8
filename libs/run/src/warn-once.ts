import type { EventBus } from '@tessera/core';
import type { Warn } from '@tessera/data';

/** Told once, whoever finds the matter again: training images are read again by evaluations, which are made again. */
const ONCE = new Set(['W_BAD_IMAGE', 'W_BANK_UNREADABLE', 'W_QUERIES_UNREADABLE', 'W_KNN_K']);

/** Publishes warnings; about a file or an evaluation, once. */
export function warnOnce(bus: () => EventBus): Warn {
  const told = new Set<string>();
  return (code, message, details) => {
    if (ONCE.has(code)) {
      if (told.has(message)) return;
      told.add(message);
    }
    bus().publish({ type: 'warning', code, message, ...(details && { details }) });
  };
}
