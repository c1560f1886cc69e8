import type { RgbImage } from '@tessera/core';

/** Images of more pixels are not kept: a few would push out thousands of small ones. */
const LARGEST = 256 * 256;

const SLAB_BYTES = 2 ** 20;

/**
 * Keeps decoded small images as raw pixels, packed into slabs, until the budget is spent; then it keeps what it has. (Epochs visit every
 * image once, in random order: throwing out the least recently used would throw out the next to be used.)
 */
export class PixelCache {
  readonly #budget: number;
  readonly #images = new Map<number, RgbImage>();
  #slab = new Uint8Array(0);
  #used = 0;
  #allocated = 0;

  /** @param budget bytes */
  constructor(budget: number) {
    this.#budget = budget;
  }

  get(id: number): RgbImage | undefined {
    return this.#images.get(id);
  }

  /** Keeps a copy if there is room. */
  add(id: number, { width, height, data }: RgbImage): void {
    if (width * height > LARGEST || this.#images.has(id)) return;
    if (this.#used + data.length > this.#slab.length && !this.#grow(data.length)) return;
    const kept = this.#slab.subarray(this.#used, this.#used + data.length);
    kept.set(data);
    this.#used += data.length;
    this.#images.set(id, { width, height, data: kept });
  }

  #grow(needed: number): boolean {
    const size = Math.max(needed, Math.min(SLAB_BYTES, this.#budget - this.#allocated));
    if (this.#allocated + size > this.#budget) return false;
    this.#slab = new Uint8Array(size);
    this.#used = 0;
    this.#allocated += size;
    return true;
  }
}
