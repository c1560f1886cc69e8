import { closeSync, openSync, readSync } from 'node:fs';

const SMALLEST = 4096;
const LARGEST = 2 ** 18;

/**
 * Reads pieces of a file from front to back. While they lie close together it reads more and more ahead; after a jump, little: so the
 * headers of a tar of small files take few system calls, and those between large files do not read the files.
 */
export class BlockReader {
  readonly size: number;
  readonly #file: number;
  #window = Buffer.alloc(0);
  #from = 0;
  #ahead = SMALLEST;

  /** @param size bytes of the file that are looked at */
  constructor(path: string, size: number) {
    this.#file = openSync(path, 'r');
    this.size = size;
  }

  /** A view, valid until the next call; shorter than asked for where the file ends. */
  read(offset: number, length: number): Buffer {
    const until = this.#from + this.#window.length;
    if (offset < this.#from || offset + length > until) {
      const near = offset >= this.#from && offset <= until + SMALLEST;
      this.#ahead = near ? Math.min(LARGEST, 2 * this.#ahead) : SMALLEST;
      this.#fill(offset, Math.max(length, this.#ahead));
    }
    const start = offset - this.#from;
    return this.#window.subarray(start, start + length);
  }

  close(): void {
    closeSync(this.#file);
  }

  #fill(offset: number, wanted: number): void {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(wanted, this.size - offset)));
    let filled = 0;
    while (filled < buffer.length) {
      const count = readSync(this.#file, buffer, filled, buffer.length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    this.#window = buffer.subarray(0, filled);
    this.#from = offset;
  }
}
