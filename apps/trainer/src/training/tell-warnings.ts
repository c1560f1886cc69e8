import type { EventBus } from '@tessera/core';
import type { ImageSet } from '../images.ts';

/** Tells what data sets found doubtful in their sources, each thing once. */
export function tellWarnings(bus: EventBus, sets: readonly ImageSet[]): void {
  warnOf(sets, (code, message) => {
    bus.publish({ type: 'warning', code, message });
  });
}

/** The same where there is no run. */
export function warnOf(sets: readonly ImageSet[], warn: (code: string, message: string) => void): void {
  const told = new Set<string>();
  for (const { code, message } of sets.flatMap(({ dataset }) => dataset.warnings ?? [])) {
    if (told.has(message)) continue;
    told.add(message);
    warn(code, message);
  }
}
