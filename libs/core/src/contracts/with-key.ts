import { fold } from '../random/key.ts';
import type { Forward } from './forward.ts';

/**
 * The same forward with a key of its own: for each run of a network that a step runs more than once, or its layers would draw the same in all.
 * @example views.map((x, view) => encoder.apply(x, withKey(forward, 'view', view)))
 */
export function withKey(forward: Forward, ...path: readonly (number | string)[]): Forward {
  return { ...forward, key: fold(forward.key, ...path) };
}
