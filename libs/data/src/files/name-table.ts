/** Many names in one buffer: a million paths take what their letters take, not a hundred bytes more each. Immutable. */
export class NameTable {
  readonly #bytes: Buffer;
  readonly #ends: Uint32Array;

  private constructor(bytes: Buffer, ends: Uint32Array) {
    this.#bytes = bytes;
    this.#ends = ends;
  }

  static of(names: Iterable<string>): NameTable {
    const builder = new NameTableBuilder();
    for (const name of names) builder.add(name);
    return NameTable.unpack(builder.packed());
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

/** Grows a name table name by name. */
export class NameTableBuilder {
  #bytes = Buffer.alloc(1024);
  #used = 0;
  readonly #ends: number[] = [];

  get size(): number {
    return this.#ends.length;
  }

  add(name: string): void {
    const needed = this.#used + Buffer.byteLength(name);
    if (needed > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], Math.max(needed, 2 * this.#bytes.length));
    this.#used += this.#bytes.write(name, this.#used);
    this.#ends.push(this.#used);
  }

  packed(): PackedNames {
    return { bytes: Uint8Array.from(this.#bytes.subarray(0, this.#used)), ends: Uint32Array.from(this.#ends) };
  }
}
