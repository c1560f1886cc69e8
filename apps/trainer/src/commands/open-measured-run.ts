import { TesseraError } from '@tessera/core';
import { openRun, type Run } from '@tessera/run';
import { definedOnly } from '@tessera/run/parts';
import { builtins } from '../builtins.ts';

/** Flags that every measurement of a run has. */
export interface MeasureFlags {
  readonly data?: string | undefined;
  /** Changes of what begins with `data.`. */
  readonly set?: readonly string[];
  readonly engine?: string | undefined;
  readonly device?: string | undefined;
  /** Gets each warning once, as a line. */
  readonly warn?: (line: string) => void;
}

/** Opens a run to measure it, its images perhaps elsewhere. @throws TesseraError `E_RUN_NOT_FOUND`, `E_USAGE` where something else of it is changed */
export async function openMeasuredRun(path: string, { data, set = [], engine, device }: MeasureFlags): Promise<Run> {
  const other = set.find((assignment) => !assignment.startsWith('data.'));
  if (other === undefined) return openRun(path, { plugins: builtins, ...definedOnly({ data, engine, device }), set });
  throw new TesseraError({
    code: 'E_USAGE',
    message: `--set ${other} would change the run that is measured`,
    next: 'Only what begins with data. can be set here, such as data.options.testFolder=val.',
  });
}

/** A warning as the line that a person sees. */
export function lineTo(warn: (line: string) => void): (code: string, message: string) => void {
  return (code, message) => {
    warn(`${message} [${code}]`);
  };
}

/** Writes warnings where people look for them. */
export function warnOnStderr(line: string): void {
  process.stderr.write(`warning: ${line}\n`);
}
