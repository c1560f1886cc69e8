import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';

/**
 * The bytes of an image file. A worker thread waits for them: asking libuv, whose few threads all workers share, costs several times what
 * reading a small file does. The main thread, which has other things to do, does not wait.
 * @throws Error of the file system
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  return isMainThread ? readFile(path) : readFileSync(path);
}
