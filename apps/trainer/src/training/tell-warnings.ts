import type { EventBus } from '@tessera/core';
import type { ImageSet } from '../images.ts';

type Warnings = readonly { readonly code: string; readonly message: string }[];

/** Tells what data sets found doubtful in their sources, and what else is, each thing once. */
export function tellWarnings(bus: EventBus, sets: readonly ImageSet[], others: Warnings = []): void {
  warnOf(
    sets,
    (code, message) => {
      bus.publish({ type: 'warning', code, message });
    },
    others,
  );
}

/** The same where there is no run. */
export function warnOf(
  sets: readonly ImageSet[],
  warn: (code: string, message: string) => void,
  others: Warnings = [],
): void {
  const told = new Set<string>();
  for (const { code, message } of [...sets.flatMap(({ dataset }) => dataset.warnings ?? []), ...others]) {
    if (told.has(message)) continue;
    told.add(message);
    warn(code, message);
  }
}
