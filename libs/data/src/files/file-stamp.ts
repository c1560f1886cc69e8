import { stat } from 'node:fs/promises';

/** The state of a file or folder that an index speaks of: [path, bytes, milliseconds of the last change]. */
export type FileStamp = readonly [path: string, size: number, mtimeMs: number];

/** @returns the stamp, or none where there is nothing at the path */
export async function stampOf(path: string): Promise<FileStamp | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && [path, found.size, found.mtimeMs];
}

/** Whether each file is as it was. */
export async function areCurrent(stamps: readonly FileStamp[]): Promise<boolean> {
  for (const [path, size, mtimeMs] of stamps) {
    const now = await stampOf(path);
    if (now?.[1] !== size || now[2] !== mtimeMs) return false;
  }
  return true;
}
