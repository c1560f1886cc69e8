import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { defineReporter, type EventOf, type TesseraEvent } from '@tessera/core';
import { defer, finalize, tap } from 'rxjs';
import { z } from 'zod';
import { writeAtomically } from '../run/files.ts';

/** Appends every event to a file of the run folder, one JSON object a line, steps flushed as they happen. */
export const jsonlReporter = defineReporter({
  name: 'jsonl',
  summary: 'Appends every event to metrics.jsonl in the run folder, one a line.',
  options: z.strictObject({ file: z.string().min(1).default('metrics.jsonl').describe('name inside the run folder') }),
  create:
    ({ file }, { runDirectory }) =>
    (events) =>
      defer(() => {
        const handle = openSync(join(runDirectory, file), 'a');
        return events.pipe(
          tap((event) => writeSync(handle, `${JSON.stringify(event)}\n`)),
          finalize(() => {
            closeSync(handle);
          }),
        );
      }),
});

/** The warnings that a run has told so far, in order. */
export function warningsOf(path: string): readonly EventOf<'warning'>[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const event = parsed(line);
      return event?.type === 'warning' ? [event] : [];
    });
}

/** Drops what a resumed run will tell again: steps from `step` on, epochs from `epoch` on. */
export function truncateMetrics(
  path: string,
  { step, epoch }: { readonly step: number; readonly epoch: number },
): void {
  if (!existsSync(path)) return;
  const kept = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => {
      const event = parsed(line);
      if (event?.type === 'step') return event.step < step;
      if (event?.type === 'epoch') return event.epoch < epoch;
      return event?.type === 'evaluation' ? event.epoch <= epoch : event !== undefined;
    });
  writeAtomically(path, kept.map((line) => `${line}\n`).join(''));
}

/** A crash may have cut the last line short. */
function parsed(line: string): TesseraEvent | undefined {
  try {
    return JSON.parse(line) as TesseraEvent;
  } catch {
    return undefined;
  }
}
