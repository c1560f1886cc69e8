import { TesseraError } from './errors.ts';

/** What a number is to be, besides finite. */
export interface NumberRange {
  readonly above?: number;
  readonly atLeast?: number;
  readonly below?: number;
  readonly atMost?: number;
  readonly integer?: boolean;
}

/** A number above 0: temperatures. */
export const POSITIVE: NumberRange = { above: 0 };
/** A whole number, at least 1: counts. */
export const COUNT: NumberRange = { integer: true, atLeast: 1 };

/**
 * Refuses numbers that a function cannot compute with, before it has begun: for functions that are called without a schema in front.
 * @param where the function, as a message calls it: `ntXent`
 * @param values by name, all of one range
 * @throws TesseraError `E_OPTION_INVALID`
 */
export function requireNumbers(where: string, values: Readonly<Record<string, number>>, range: NumberRange = {}): void {
  for (const [name, value] of Object.entries(values)) {
    if (isIn(value, range)) continue;
    throw new TesseraError({
      code: 'E_OPTION_INVALID',
      message: `'${name}' of ${where} is ${String(value)}: expected ${describeRange(range)}`,
      next: 'Correct the value and call again.',
    });
  }
}

function isIn(
  value: unknown,
  { above = -Infinity, atLeast = -Infinity, below = Infinity, atMost = Infinity, integer = false }: NumberRange,
): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return value > above && value >= atLeast && value < below && value <= atMost && (!integer || Number.isInteger(value));
}

function describeRange({ above, atLeast, below, atMost, integer = false }: NumberRange): string {
  const bounds = [
    above === undefined ? [] : [`above ${above}`],
    atLeast === undefined ? [] : [`of at least ${atLeast}`],
    below === undefined ? [] : [`below ${below}`],
    atMost === undefined ? [] : [`of at most ${atMost}`],
  ].flat();
  return [integer ? 'a whole number' : 'a finite number', bounds.join(' and ')].filter((part) => part !== '').join(' ');
}
