import { open, type FileHandle } from 'node:fs/promises';
import { TesseraError } from '@tessera/core';
import type { FileStamp } from './file-stamp.ts';

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  users: number;
}

/**
 * Reads pieces of large files by position and keeps the files open in between: at most `limit`, the least recently used is closed.
 * A file is looked at once, when it is opened: what changed since it was indexed is refused, not misread.
 */
export class OpenFiles {
  readonly #limit: number;
  readonly #files = new Map<string, OpenFile>();

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** Files that are open now. */
  get size(): number {
    return this.#files.size;
  }

  /** @throws TesseraError `E_DATA_CHANGED`, `E_DATA_TRUNCATED`, or what the system says */
  async read(stamp: FileStamp, offset: number, length: number): Promise<Uint8Array> {
    const file = this.#take(stamp);
    try {
      return await readFully(await file.handle, stamp[0], offset, length);
    } finally {
      file.users--;
      this.#closeIdle();
    }
  }

  async dispose(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map(async ({ handle }) => (await handle).close()));
  }

  #take(stamp: FileStamp): OpenFile {
    const key = stamp.join('\n');
    let file = this.#files.get(key);
    if (!file) {
      const opened = openUnchanged(stamp);
      opened.catch(() => this.#files.delete(key));
      file = { handle: opened, users: 0 };
    }
    file.users++;
    this.#files.delete(key); // to the end: most recently used
    this.#files.set(key, file);
    return file;
  }

  #closeIdle(): void {
    for (const [key, { handle, users }] of this.#files) {
      if (this.#files.size <= this.#limit) return;
      if (users > 0) continue;
      this.#files.delete(key);
      handle.then((file) => file.close()).catch(() => undefined);
    }
  }
}

async function openUnchanged([path, size, mtimeMs]: FileStamp): Promise<FileHandle> {
  const handle = await open(path, 'r');
  const now = await handle.stat();
  if (now.size === size && now.mtimeMs === mtimeMs) return handle;
  await handle.close();
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
