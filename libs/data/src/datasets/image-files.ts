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

/** Endings of image formats that are not read; files of other endings are no images. */
const UNREAD =
  /\.(apng|arw|cr2|cr3|dcm|dds|dng|exr|hdr|ico|j2k|jif|jp2|jpx|jxl|nef|orf|pbm|pcx|pjp|pjpeg|pnm|psd|raf|raw|rw2|svg|tga|xcf)$/i;

/** What a folder holds, sorted by code unit; hidden entries and `__MACOSX` left out, links followed, dead links left out. */
export interface FolderListing {
  readonly folders: readonly string[];
  readonly images: readonly string[];
  /** Images of formats that are not read. */
  readonly unread: readonly string[];
}

/** @throws TesseraError `E_DATA_UNREADABLE` */
export async function listFolder(path: string): Promise<FolderListing> {
  const folders: string[] = [];
  const images: string[] = [];
  const unread: string[] = [];
  for (const entry of await entriesOf(path)) {
    if (isHiddenName(entry.name)) continue;
    const kind = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) folders.push(entry.name);
    else if (kind?.isFile() && isImageName(entry.name)) images.push(entry.name);
    else if (kind?.isFile() && isUnreadName(entry.name)) unread.push(entry.name);
  }
  return { folders: folders.sort(), images: images.sort(), unread: unread.sort() };
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

/** Adds to `counts` how many names there are of each ending. */
export function countEndings(names: readonly string[], counts: Map<string, number>): void {
  for (const name of names) {
    const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
}

function hasVanished(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Whether a name is an image's, by its ending. */
export function isImageName(name: string): boolean {
  return ENDING.test(name);
}

/** Whether a name is that of an image of a format that is not read, by its ending. */
export function isUnreadName(name: string): boolean {
  return UNREAD.test(name);
}

/** Entries that nobody means: hidden ones, and the folder in which macOS keeps attributes of an archive's files. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX';
}

/** What is noted of the folders that a walk enters. */
export interface WalkNotes {
  /** The state of every folder, as it was before it was listed. */
  readonly stamps: FileStamp[];
  /** Their paths without links. */
  readonly real: Set<string>;
  /** How many images of formats that are not read there are, by ending. */
  readonly unread: Map<string, number>;
}

/**
 * Image paths below `root`, relative to it, with `/`: a folder's own images first, then its folders in order. A folder is entered once, so
 * links may loop; one that vanishes meanwhile is left out.
 */
export async function imagesBelow(root: string, notes?: WalkNotes): Promise<readonly string[]> {
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
    if (stamp) notes?.stamps.push(stamp);
    notes?.real.add(real);
    const { folders, images, unread } = await listFolder(path);
    if (notes) countEndings(unread, notes.unread);
    for (const image of images) found.push(`${relative}${image}`);
    for (const folder of folders) await visit(`${relative}${folder}/`);
  }
  await visit('');
  return found;
}
