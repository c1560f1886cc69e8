/** Many names in one buffer: a million paths take what their letters take, not a hundred bytes more each. Immutable. */
export class NameTable {
  readonly #bytes: Buffer;
  readonly #ends: Uint32Array;

  private constructor(bytes: Buffer, ends: Uint32Array) {
    this.#bytes = bytes;
    this.#ends = ends;
  }

  static of(names: Iterable<string>): NameTable {
    let bytes = Buffer.alloc(1024);
    const ends: number[] = [];
    let used = 0;
    for (const name of names) {
      const needed = used + Buffer.byteLength(name);
      if (needed > bytes.length) bytes = Buffer.concat([bytes], Math.max(needed, 2 * bytes.length));
      used += bytes.write(name, used);
      ends.push(used);
    }
    return new NameTable(Buffer.from(bytes.subarray(0, used)), Uint32Array.from(ends));
  }

  /** From what {@link packed} gave. */
  static unpack({ bytes, ends }: PackedNames): NameTable {
    return new NameTable(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), ends);
  }

  get size(): number {
    return this.#ends.length;
  }

  /** The name, or an empty one out of range. */
  at(index: number): string {
    return this.#bytes.toString('utf8', this.#ends[index - 1] ?? 0, this.#ends[index] ?? 0);
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }

  /** For the index cache. */
  packed(): PackedNames {
    return { bytes: this.#bytes, ends: this.#ends };
  }
}

/** A name table as plain arrays. */
export interface PackedNames {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}
