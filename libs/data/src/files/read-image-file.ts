import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';

/** Opening a pipe must not wait for somebody who writes to it. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The bytes of an image file. A worker thread waits for them: asking libuv, whose few threads all workers share, costs several times what
 * reading a small file does. The main thread, which has other things to do, does not wait.
 * @throws Error of the file system; or where there is a pipe, which would be waited for, or a device, which may never end
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  return isMainThread ? readLater(path) : readNow(path);
}

function readNow(path: string): Uint8Array {
  const file = openSync(path, FLAGS);
  try {
    if (!fstatSync(file).isFile()) throw noFile(path);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

async function readLater(path: string): Promise<Uint8Array> {
  const handle = await open(path, FLAGS);
  try {
    if (!(await handle.stat()).isFile()) throw noFile(path);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function noFile(path: string): Error {
  return new Error(`'${path}' is no file`);
}
