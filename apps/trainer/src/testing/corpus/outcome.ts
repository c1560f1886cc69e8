import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, reasonOf } from '@tessera/data';
import type { CorpusCase } from './case.ts';
import { draw, pixels } from './picture.ts';

/** What became of a file. */
export interface Outcome {
  readonly file: string;
  readonly what: string;
  /** Width and height, or why it was skipped. */
  readonly became: { readonly size: string } | { readonly reason: string };
  /** In words, how it compares with what was expected; undefined: it does not. */
  readonly agrees: string | undefined;
}

/** Decodes a file as the loader does and compares. */
export async function outcomeOf({ file, what, bytes, expected }: CorpusCase): Promise<Outcome> {
  try {
    const image = await decode(bytes);
    const size = `${image.width}x${image.height}`;
    if (expected.kind !== 'picture')
      return { file, what, became: { size }, agrees: expected.kind === 'either' ? 'damage unnoticed' : undefined };
    const { picture, within = 0 } = expected;
    const fits = image.width === picture.width && image.height === picture.height;
    const difference = fits ? meanDifference(image.data, picture.data) : Infinity;
    const agrees =
      difference === 0 ? 'exact' : difference <= within ? `mean difference ${difference.toFixed(2)}` : undefined;
    return { file, what, became: { size }, agrees };
  } catch (error) {
    const reason = reasonOf(error);
    const wanted =
      expected.kind === 'either' || (expected.kind === 'skipped' && (expected.reason?.test(reason) ?? true));
    return { file, what, became: { reason }, agrees: wanted ? 'skipped' : undefined };
  }
}

function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}

/** Class folders `odd` with the corpus and `plain` with sound images, so that the total is a multiple of the batch. @returns the total */
export async function writeCorpus(folder: string, cases: readonly CorpusCase[], batchSize: number): Promise<number> {
  for (const name of ['odd', 'plain']) mkdirSync(join(folder, name), { recursive: true });
  for (const { file, bytes } of cases) writeFileSync(join(folder, 'odd', file), bytes);
  const total = Math.ceil((2 * cases.length) / batchSize) * batchSize;
  for (let i = cases.length; i < total; i++) {
    const image = draw(20, 20, (x, y) => [(i * 3) % 256, x * 12, y * 12]);
    await pixels(image)
      .png()
      .toFile(join(folder, 'plain', `${i}.png`));
  }
  return total;
}
