import { TesseraError } from '@tessera/core';

/** One `key=value` of `--set`, or what a flag stands for. */
export interface Assignment {
  /** As it was typed. */
  readonly shown: string;
  /** Of the key: list positions are numbers. */
  readonly path: readonly string[];
  /** What comes after the first `=`, every character of it. */
  readonly text: string;
}

/** @throws TesseraError `E_SET_SYNTAX` */
export function parseAssignment(shown: string): Assignment {
  const equals = shown.indexOf('=');
  const path = shown.slice(0, equals).split('.');
  if (equals < 1 || path.some((key) => key === '' || key === '__proto__')) throw syntax(shown, 'is not key=value');
  return { shown, path, text: shown.slice(equals + 1) };
}

export function syntax(
  shown: string,
  problem: string,
  next = 'Write --set trainer.epochs=20, with a dotted path of recipe keys.',
): TesseraError {
  return new TesseraError({ code: 'E_SET_SYNTAX', message: `--set '${shown}' ${problem}`, next });
}
