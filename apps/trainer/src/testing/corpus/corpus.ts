import type { CorpusCase } from './case.ts';
import { damagedCases } from './damaged.ts';
import { formatCases } from './formats.ts';
import { impostorCases } from './impostors.ts';
import { shapeCases } from './odd-shapes.ts';

/** Broken and odd image files, the same bytes at every call with the same libraries. */
export async function corpus(): Promise<readonly CorpusCase[]> {
  const groups = [await damagedCases(), await formatCases(), await shapeCases(), await impostorCases()];
  return groups.flat();
}
