import type { PixelRange } from '../decode/deep.ts';
import type { Warn } from './bad-images.ts';
import type { DeepRow } from './task.ts';

/** So many images are a sample of their set. */
const ENOUGH = 64;
/** Where no image of the sample reaches this, of 65536, the set does not use its upper bits: none is brighter than a quarter of white. */
const QUARTER = 16_384;
/** What cameras and scanners have. */
const DEPTHS = [8, 10, 12, 14];

/**
 * Images with more than 8 bits a channel: warns once where nothing says what is white in them and it is not what it seems. Counts batch by
 * batch in order, so that it says the same at every run.
 */
export class DeepImages {
  readonly #range: PixelRange | null;
  readonly #describe: (position: number) => string;
  readonly #warn: Warn;
  readonly #sample: DeepRow[] = [];
  #isJudged = false;

  constructor(options: {
    readonly range: PixelRange | null;
    readonly describe: (position: number) => string;
    readonly warn: Warn;
  }) {
    this.#range = options.range;
    this.#describe = options.describe;
    this.#warn = options.warn;
  }

  /** Images that were decoded for a batch. Their order within it does not matter. */
  add(rows: readonly DeepRow[]): void {
    if (this.#isJudged) return;
    this.#sample.push(...rows);
    if (this.#sample.length >= ENOUGH) this.judge();
  }

  /** Judges what was seen: once there is enough, or an epoch ends. */
  judge(): void {
    if (this.#isJudged || this.#sample.length === 0) return;
    this.#isJudged = true;
    if (this.#range) return;
    this.#judgeBits(this.#sample.filter(({ type }) => type === 'ushort'));
    this.#judgeTypes(this.#sample.filter(({ type }) => type !== 'ushort'));
    this.#sample.length = 0;
  }

  #judgeBits(rows: readonly DeepRow[]): void {
    const highest = rows.reduce((most, row) => Math.max(most, row.highest ?? 0), 0);
    if (highest === 0 || highest >= QUARTER) return;
    const bits = DEPTHS.find((depth) => highest < 2 ** depth) ?? 14;
    this.#warn(
      'W_DATA_LOW_BITS',
      `the images with 16 bits a channel are almost black: of the first ${String(rows.length)} ('${this.#first(rows)}' is one) none has a value above ${String(highest)} of 65535; if they hold ${String(bits)} bits, set data.range=[0,${String(2 ** bits - 1)}]`,
    );
  }

  #judgeTypes(rows: readonly DeepRow[]): void {
    if (rows.length === 0) return;
    const types = [...new Set(rows.map(({ type }) => type))].sort().join(', ');
    this.#warn(
      'W_DATA_NO_RANGE',
      `of the first images ${String(rows.length)} ('${this.#first(rows)}' is one) hold signed, 32-bit or floating-point values (${types}), and nothing says which is black and which is white: most are clipped to 0..255; set data.range, such as [0,1] or [-1000,3000]`,
    );
  }

  #first(rows: readonly DeepRow[]): string {
    return this.#describe(rows.reduce((first, { position }) => Math.min(first, position), Infinity));
  }
}
