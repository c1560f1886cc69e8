import type { EventBus } from '@tessera/core';
import type { ImageSet } from '../images.ts';

/** Tells what data sets found doubtful in their sources, and what else is, each thing once. */
export function tellWarnings(
  bus: EventBus,
  sets: readonly ImageSet[],
  others: readonly { readonly code: string; readonly message: string }[] = [],
): void {
  const told = new Set<string>();
  for (const { code, message } of [...sets.flatMap(({ dataset }) => dataset.warnings ?? []), ...others]) {
    if (told.has(message)) continue;
    told.add(message);
    bus.publish({ type: 'warning', code, message });
  }
}
