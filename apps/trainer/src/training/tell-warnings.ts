import type { Doubt, EventBus } from '@tessera/core';
import type { ImageSet } from '../images.ts';

/** What data sets found doubtful in their sources. */
export function dataDoubts(sets: readonly ImageSet[]): readonly Doubt[] {
  return sets.flatMap(({ dataset }) => dataset.warnings ?? []);
}

/** Tells what is doubtful, each thing once. @param earlier warnings of the run before it was continued, which are not told again */
export function tellWarnings(bus: EventBus, found: readonly Doubt[], earlier: readonly Doubt[] = []): void {
  const told = new Set(earlier.map(({ message }) => message));
  for (const { code, message } of found) {
    if (told.has(message)) continue;
    told.add(message);
    bus.publish({ type: 'warning', code, message });
  }
}
