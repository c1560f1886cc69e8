import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isTesseraError, messageOf, TesseraError } from '@tessera/core';
import { unreadableFile } from '../../files/unreadable.ts';

/** A file is held whole while it is in use, so it must be small: EMNIST, the largest of its family, is 0.6 GB. */
const LARGEST = 2 ** 30;

/** An array of unsigned bytes with its shape. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Reads an IDX file, packed with gzip or not (told by its first bytes, not by its name). Format: two zero bytes, the type of the elements
 * (8: unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit integer, then the elements, last dimension fastest.
 * @throws TesseraError `E_DATA_DAMAGED`, `E_DATA_TRUNCATED`, `E_DATA_TOO_LARGE`
 */
export async function readIdx(path: string): Promise<IdxArray> {
  const bytes = await unpacked(path);
  const [zero0, zero1, type, dimensions = 0] = bytes;
  if (bytes.length < 4 || zero0 !== 0 || zero1 !== 0) throw damaged(path, 'it does not begin with two zero bytes');
  if (type !== 8) throw damaged(path, `its elements are of type ${String(type)}; only unsigned bytes (8) are read`);
  const start = 4 + 4 * dimensions;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dimensions === 0 || bytes.length < start) throw damaged(path, `it has ${String(dimensions)} dimensions`);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, length) => product * length, 1);
  if (bytes.length - start === count) return { shape, bytes: bytes.subarray(start) };
  throw new TesseraError({
    code: 'E_DATA_TRUNCATED',
    message: `'${path}' has ${String(bytes.length - start)} elements; its header says ${shape.join(' x ')}`,
    next: 'The file is cut short or has a tail: fetch it again.',
  });
}

async function unpacked(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
    return await promisify(gunzip)(bytes, { maxOutputLength: LARGEST });
  } catch (error) {
    if (isTesseraError(error)) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new TesseraError({
        code: 'E_DATA_TOO_LARGE',
        message: `'${path}' unpacks to more than ${String(LARGEST / 2 ** 20)} MB, and would be held in memory`,
        next: 'Turn it into tar shards or a folder of images: docs/data.md.',
      });
    if (code === 'Z_BUF_ERROR' || code === 'Z_DATA_ERROR') throw damaged(path, `gzip says '${messageOf(error)}'`);
    throw unreadableFile(path, error);
  }
}

function damaged(path: string, reason: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_DAMAGED',
    message: `'${path}' is not a whole IDX file: ${reason}`,
    next: 'Fetch the file again, or name the right one in data.options.',
  });
}
