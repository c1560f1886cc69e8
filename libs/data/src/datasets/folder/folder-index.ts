import { join } from 'node:path';
import { realpath } from 'node:fs/promises';
import { isTesseraError } from '@tessera/core';
import { stampOf, type FileStamp } from '../../files/file-stamp.ts';
import { NameTableBuilder, type PackedNames } from '../../files/name-table.ts';
import { cachedIndex } from '../../index-cache/cached-index.ts';
import type { SplitWishes } from '../../splits/options.ts';
import { splitsAmong } from '../../splits/split-names.ts';
import { sameName } from '../class-names.ts';
import { countEndings, imagesBelow, listFolder, type WalkNotes } from '../image-files.ts';

/** What lies in a folder, at any depth. */
export interface FolderIndex {
  /** Of all images, relative to the folder: its own first, then folder by folder. */
  readonly names: PackedNames;
  /** Folders directly in it that hold no images. */
  readonly empty: readonly string[];
  /** Folders directly in it that cannot be listed to the end, and why. */
  readonly unreadable: readonly { readonly folder: string; readonly reason: string }[];
  /** Images of formats that are not read; the folder is one directly in it, or empty for itself. */
  readonly unread: readonly { readonly folder: string; readonly ending: string; readonly count: number }[];
  /** Folders directly in it from which links lead into a folder of test images. */
  readonly linked: readonly { readonly folder: string; readonly test: string }[];
}

/** A stamp that no file has: an index that holds it is never kept. */
const NEVER_KEPT: FileStamp = ['', 0, Infinity];

/** Lists a folder, or takes the listing that was kept. @param exclude names of class folders that are not entered */
export function indexFolders(
  root: string,
  exclude: readonly string[],
  { splits, trainFolder, testFolder }: SplitWishes,
): Promise<FolderIndex> {
  const key = ['folder', 3, root, [...exclude], splits, trainFolder ?? null, testFolder ?? null];
  return cachedIndex(key, async () => {
    const sources: FileStamp[] = [];
    const stamp = await stampOf(root);
    if (stamp) sources.push(stamp);
    const { folders, images, unread } = await listFolder(root);
    const kinds = new Map(splits === 'none' ? [] : splitsAmong(folders));
    if (trainFolder !== undefined) kinds.set(trainFolder, 'train');
    if (testFolder !== undefined) kinds.set(testFolder, 'test');
    const left = new Set(exclude.map(sameName));
    const names = new NameTableBuilder();
    for (const image of images) names.add(image);
    const ofRoot = newNotes(sources);
    countEndings(unread, ofRoot.unread);
    const notes = new Map([['', ofRoot]]);
    const empty: string[] = [];
    const unreadable: { folder: string; reason: string }[] = [];
    for (const folder of folders) {
      if (left.has(sameName(folder)) && !kinds.has(folder)) continue;
      const own = newNotes(sources);
      notes.set(folder, own);
      const before = names.size;
      try {
        const walk = kinds.has(folder) ? splitImages : imagesBelow;
        for (const image of await walk(join(root, folder), own, left)) names.add(`${folder}/${image}`);
        if (names.size === before) empty.push(folder);
      } catch (error) {
        if (!isTesseraError(error)) throw error;
        unreadable.push({ folder, reason: error.message });
        sources.push(NEVER_KEPT);
      }
    }
    const index = { names: names.packed(), empty, unreadable, unread: unreadOf(notes), linked: linkedOf(notes, kinds) };
    return { index, sources };
  });
}

function newNotes(stamps: FileStamp[]): WalkNotes {
  return { stamps, real: new Set(), unread: new Map() };
}

/** As {@link imagesBelow}, where the folders are classes: links may put an image in several of them. */
async function splitImages(path: string, notes: WalkNotes, left: ReadonlySet<string>): Promise<readonly string[]> {
  const stamp = await stampOf(path);
  if (stamp) notes.stamps.push(stamp);
  notes.real.add(await realpath(path));
  const { folders, images, unread } = await listFolder(path);
  countEndings(unread, notes.unread);
  const found = [...images];
  for (const folder of folders.filter((name) => !left.has(sameName(name))))
    for (const image of await imagesBelow(join(path, folder), notes)) found.push(`${folder}/${image}`);
  return found;
}

function unreadOf(notes: ReadonlyMap<string, WalkNotes>): FolderIndex['unread'] {
  return [...notes].flatMap(([folder, { unread }]) =>
    [...unread].map(([ending, count]) => ({ folder, ending, count })),
  );
}

function linkedOf(
  notes: ReadonlyMap<string, WalkNotes>,
  kinds: ReadonlyMap<string, 'train' | 'test'>,
): FolderIndex['linked'] {
  const entries = [...notes].map(([folder, { real }]) => ({ folder, real }));
  return entries
    .filter(({ folder }) => kinds.get(folder) === 'test')
    .flatMap((test) =>
      entries
        .filter(({ folder, real }) => kinds.get(folder) !== 'test' && [...real].some((path) => test.real.has(path)))
        .map(({ folder }) => ({ folder, test: test.folder })),
    );
}
