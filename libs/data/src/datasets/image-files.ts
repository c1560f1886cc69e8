import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, TesseraError } from '@tessera/core';
import { stampOf, type FileStamp } from '../files/file-stamp.ts';

/** File names taken for images, by ending. What is inside decides later. */
export const IMAGE_ENDINGS = [
  'jpg',
  'jpeg',
  'jpe',
  'jfif',
  'png',
  'webp',
  'gif',
  'tif',
  'tiff',
  'bmp',
  'avif',
  'heic',
  'heif',
  'ppm',
  'pgm',
] as const;

const ENDING = new RegExp(`\\.(${IMAGE_ENDINGS.join('|')})$`, 'i');

/** What a folder holds, sorted by code unit; hidden entries left out, links followed, dead links left out. */
export interface FolderListing {
  readonly folders: readonly string[];
  readonly images: readonly string[];
}

/** @throws TesseraError `E_DATA_UNREADABLE` */
export async function listFolder(path: string): Promise<FolderListing> {
  const folders: string[] = [];
  const images: string[] = [];
  for (const entry of await entriesOf(path)) {
    if (entry.name.startsWith('.')) continue;
    const kind = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) folders.push(entry.name);
    else if (kind?.isFile() && isImageName(entry.name)) images.push(entry.name);
  }
  return { folders: folders.sort(), images: images.sort() };
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): TesseraError {
  return new TesseraError({
    code: 'E_DATA_UNREADABLE',
    message: `cannot list the folder '${path}': ${messageOf(error)}`,
    next: 'Check its permissions, or leave it out of the data folder.',
    kind: 'failure',
    cause: error,
  });
}

function hasVanished(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Whether a name is an image's, by its ending. */
export function isImageName(name: string): boolean {
  return ENDING.test(name);
}

/**
 * Image paths below `root`, relative to it, with `/`: a folder's own images first, then its folders in order. A folder is entered once, so
 * links may loop; one that vanishes meanwhile is left out.
 * @param stamps gets the state of every folder, as it was before it was listed
 */
export async function imagesBelow(root: string, stamps: FileStamp[] = []): Promise<readonly string[]> {
  const seen = new Set<string>();
  const found: string[] = [];
  async function visit(relative: string): Promise<void> {
    const path = join(root, relative);
    const real = await realpath(path).catch((error: unknown) => {
      if (hasVanished(error)) return undefined;
      throw unreadable(path, error);
    });
    if (real === undefined || seen.has(real)) return;
    seen.add(real);
    const stamp = await stampOf(path);
    if (stamp) stamps.push(stamp);
    const { folders, images } = await listFolder(path);
    for (const image of images) found.push(`${relative}${image}`);
    for (const folder of folders) await visit(`${relative}${folder}/`);
  }
  await visit('');
  return found;
}
