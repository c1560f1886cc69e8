/** Curves that rates, momenta and temperatures follow. Pure; `progress` is 0 at the start and 1 at the end, and is held within. */

/** Half a cosine: `from` at progress 0, `to` at 1. */
export function cosine(from: number, to: number, progress: number): number {
  return to + 0.5 * (from - to) * (1 + Math.cos(Math.PI * within(progress)));
}

/** A straight line: `from` at progress 0, `to` at 1. */
export function linear(from: number, to: number, progress: number): number {
  return from + (to - from) * within(progress);
}

function within(progress: number): number {
  return Math.min(1, Math.max(0, progress));
}
