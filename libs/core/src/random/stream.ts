import type { RandomKey } from './key.ts';
import { philox4x32 } from './philox.ts';

/** Where a stream stands; plain JSON. */
export interface RandomState {
  readonly key: RandomKey;
  /** 32-bit words drawn so far. */
  readonly position: number;
}

/** A sequence of draws under one key. State is (key, position): it can be saved, restored and compared. */
export class RandomStream {
  readonly #key: RandomKey;
  readonly #block = new Uint32Array(4);
  #position: number;

  constructor(key: RandomKey, position = 0) {
    this.#key = key;
    this.#position = position;
    if (position % 4 !== 0) this.#encrypt();
  }

  static restore(state: RandomState): RandomStream {
    return new RandomStream(state.key, state.position);
  }

  state(): RandomState {
    return { key: this.#key, position: this.#position };
  }

  /** The next 32 random bits, as an unsigned integer. */
  word(): number {
    const lane = this.#position % 4;
    if (lane === 0) this.#encrypt();
    this.#position++;
    return this.#block[lane] ?? 0;
  }

  /** Uniform in [low, high), 53 random bits. */
  uniform(low = 0, high = 1): number {
    const unit = ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
    return low + (high - low) * unit;
  }

  /** True with the given probability. */
  bernoulli(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Uniform integer in [0, count), without modulo bias up to 2^53. */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal (Box-Muller, cosine branch). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A uniformly random order of 0..count-1 (Fisher-Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = swapped;
    }
    return order;
  }

  #encrypt(): void {
    const block = Math.floor(this.#position / 4);
    philox4x32(this.#block, block >>> 0, Math.floor(block / 2 ** 32) >>> 0, 0, 0, this.#key[0], this.#key[1]);
  }
}

/** Opens the stream of a key. */
export function stream(key: RandomKey): RandomStream {
  return new RandomStream(key);
}
