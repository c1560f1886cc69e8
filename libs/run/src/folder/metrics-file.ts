import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { EventOf, Reporter, TesseraEvent } from '@tessera/core';
import { defer, finalize, tap } from 'rxjs';
import { writeAtomically } from './files.ts';

/** Appends every event to a file, one JSON object a line, as it happens. */
export function metricsReporter(path: string): Reporter {
  return (events) =>
    defer(() => {
      const handle = openSync(path, 'a');
      return events.pipe(
        tap((event) => writeSync(handle, `${JSON.stringify(event)}\n`)),
        finalize(() => {
          closeSync(handle);
        }),
      );
    });
}

/** The events of a file, in order; none where there is no file. */
export function eventsOf(path: string): readonly TesseraEvent[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => parsed(line) ?? []);
}

/** The warnings that a run has told so far, in order. */
export function warningsOf(path: string): readonly EventOf<'warning'>[] {
  return eventsOf(path).filter((event) => event.type === 'warning');
}

/** Drops what a resumed run will tell again: steps from `step` on, epochs from `epoch` on. */
export function truncateMetrics(
  path: string,
  { step, epoch }: { readonly step: number; readonly epoch: number },
): void {
  if (!existsSync(path)) return;
  const kept = eventsOf(path).filter((event) => {
    if (event.type === 'step') return event.step < step;
    if (event.type === 'epoch') return event.epoch < epoch;
    return event.type === 'evaluation' ? event.epoch <= epoch : true;
  });
  writeAtomically(path, kept.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

/** A crash may have cut the last line short. */
function parsed(line: string): TesseraEvent | undefined {
  try {
    return JSON.parse(line) as TesseraEvent;
  } catch {
    return undefined;
  }
}
