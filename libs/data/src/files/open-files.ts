import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { TesseraError } from '@tessera/core';
import type { FileStamp } from './file-stamp.ts';

/**
 * Reads pieces of large files by position and keeps the files open in between: at most `limit`, the least recently used is closed.
 * A file is looked at once, when it is opened: what changed since it was indexed is refused, not misread. Reads are made on the spot:
 * pieces are small, and libuv's few threads, which all workers share, would take longer.
 */
export class OpenFiles {
  readonly #limit: number;
  readonly #files = new Map<string, number>();

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** Files that are open now. */
  get size(): number {
    return this.#files.size;
  }

  /** @throws TesseraError `E_DATA_CHANGED`, `E_DATA_TRUNCATED`, or what the system says */
  read(stamp: FileStamp, offset: number, length: number): Uint8Array {
    const file = this.#take(stamp);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const count = readSync(file, bytes, done, length - done, offset + done);
      if (count === 0) throw endsEarly(stamp[0], offset + length, offset + done);
      done += count;
    }
    return bytes;
  }

  dispose(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #take(stamp: FileStamp): number {
    const key = stamp.join('\n');
    const file = this.#files.get(key) ?? openUnchanged(stamp);
    this.#files.delete(key); // to the end: most recently used
    this.#files.set(key, file);
    for (const [oldest, idle] of this.#files) {
      if (this.#files.size <= this.#limit) break;
      this.#files.delete(oldest);
      closeSync(idle);
    }
    return file;
  }
}

function openUnchanged([path, size, mtimeMs]: FileStamp): number {
  const file = openSync(path, 'r');
  const now = fstatSync(file);
  if (now.size === size && now.mtimeMs === mtimeMs) return file;
  closeSync(file);
  throw new TesseraError({
    code: 'E_DATA_CHANGED',
    message: `'${path}' changed after it was indexed`,
    next: 'Start the run again: the index is made anew.',
    kind: 'failure',
  });
}

/** @throws TesseraError `E_DATA_TRUNCATED` where the file ends before `offset + length` */
export async function readFully(handle: FileHandle, path: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw endsEarly(path, offset + length, offset + done);
    done += bytesRead;
  }
  return bytes;
}

function endsEarly(path: string, expected: number, got: number): TesseraError {
  return new TesseraError({
    code: 'E_DATA_TRUNCATED',
    message: `'${path}' ends after ${String(got)} bytes; ${String(expected)} were expected`,
    next: 'The file is cut short: fetch it again.',
    kind: 'failure',
  });
}
