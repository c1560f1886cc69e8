import type { Doubt, EventBus } from '@tessera/core';
import type { ImageSet } from '../images/images.ts';

/** What data sets found doubtful in their sources. */
export function dataDoubts(sets: readonly ImageSet[]): readonly Doubt[] {
  return sets.flatMap(({ dataset }) => dataset.warnings ?? []);
}

/** Tells what is doubtful, each thing once. @param earlier warnings of the run before it was continued, which are not told again */
export function tellWarnings(bus: EventBus, found: readonly Doubt[], earlier: readonly Doubt[] = []): void {
  tellOnce(found, earlier, (code, message) => {
    bus.publish({ type: 'warning', code, message });
  });
}

/** What data sets found doubtful, each thing once, where there is no run. */
export function warnOf(sets: readonly ImageSet[], warn: (code: string, message: string) => void): void {
  tellOnce(dataDoubts(sets), [], warn);
}

function tellOnce(
  found: readonly Doubt[],
  earlier: readonly Doubt[],
  tell: (code: string, message: string) => void,
): void {
  const told = new Set(earlier.map(({ message }) => message));
  for (const { code, message } of found) {
    if (told.has(message)) continue;
    told.add(message);
    tell(code, message);
  }
}
