import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { TesseraError } from '@tessera/core';
import { stampOf, type FileStamp } from '../../files/file-stamp.ts';
import { unreadableFile } from '../../files/unreadable.ts';
import { readFully } from '../../files/open-files.ts';

/** Room for records while their labels are collected, bytes. */
const CHUNK = 4 * 2 ** 20;

/** A file of records of one size, nothing before or after them. */
export interface RecordFile {
  readonly stamp: FileStamp;
  readonly count: number;
}

/**
 * @param recordBytes size of one record
 * @throws TesseraError `E_DATA_MISSING`, `E_DATA_TRUNCATED`
 */
export async function openRecords(path: string, recordBytes: number, next: string): Promise<RecordFile> {
  const stamp = await stampOf(path);
  if (!stamp) throw new TesseraError({ code: 'E_DATA_MISSING', message: `there is no file '${path}'`, next });
  const [, size] = stamp;
  if (size === 0 || size % recordBytes !== 0) {
    throw new TesseraError({
      code: 'E_DATA_TRUNCATED',
      message: `'${path}' has ${String(size)} bytes; expected a multiple of ${String(recordBytes)}, the size of a record`,
      next: 'The file is cut short, or of another kind: fetch it again.',
    });
  }
  return { stamp, count: size / recordBytes };
}

/**
 * One byte of each record, at a fixed place: its label.
 * @throws TesseraError `E_DATA_DAMAGED` where a label is not below `classes`
 */
export async function labelBytes(
  { stamp: [path], count }: RecordFile,
  recordBytes: number,
  at: number,
  classes: number,
): Promise<Uint8Array> {
  const labels = new Uint8Array(count);
  const perChunk = Math.max(1, Math.floor(CHUNK / recordBytes));
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw unreadableFile(path, error);
  });
  try {
    for (let first = 0; first < count; first += perChunk) {
      const records = Math.min(perChunk, count - first);
      const bytes = await readFully(handle, path, first * recordBytes, records * recordBytes);
      for (let i = 0; i < records; i++) labels[first + i] = bytes[i * recordBytes + at] ?? 0;
    }
  } finally {
    await handle.close();
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) throw damaged(path, wrong, labels[wrong] ?? 0, classes);
  return labels;
}

function damaged(path: string, record: number, label: number, classes: number): TesseraError {
  return new TesseraError({
    code: 'E_DATA_DAMAGED',
    message: `record ${String(record)} of '${path}' has the label ${String(label)}; expected 0 to ${String(classes - 1)}`,
    next: `Check that '${basename(path)}' is the file that its name says: fetch it again.`,
  });
}
