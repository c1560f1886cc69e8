import type { BlockReader } from './block-reader.ts';
import { BLOCK, parseHeader, parsePax, type Header } from './header.ts';

const ZEROS = Buffer.alloc(BLOCK);
/** A pax header or a long name of more bytes is damage: paths are shorter. */
const LARGEST_EXTRA = 2 ** 20;

/** Something that a tar holds. */
export interface TarEntry {
  readonly kind: 'file' | 'link' | 'sparse' | 'other';
  /** Which tar of the file it is in, from 0: some files are tars one after the other. */
  readonly tar: number;
  /** As written, unchecked. */
  readonly name: string;
  /** Of a hard link: a name within the tar. Of a symbolic link: a path from the entry's folder. */
  readonly link?: { readonly to: string; readonly hard: boolean };
  /** Where the content begins, and its length, bytes. */
  readonly offset: number;
  readonly size: number;
}

/** How a tar ended. `unmarked`: after a whole entry, without the blocks of zeros that mark the end. */
export interface TarEnd {
  readonly how: 'marked' | 'unmarked' | 'truncated' | 'damaged';
  readonly at: number;
  /** Bytes after an end mark that are no tar. */
  readonly rest: number;
}

interface Extra {
  path?: string | undefined;
  linkPath?: string | undefined;
  size?: number | undefined;
  sparse?: boolean | undefined;
}

/**
 * Walks over a tar's headers without reading the files between them, and over those of tars that follow it in the same file. An entry whose
 * content is cut short is not given.
 */
export function* tarEntries(reader: BlockReader): Generator<TarEntry, TarEnd> {
  let global: Extra = {};
  let local: Extra = {};
  let tar = 0;
  let mark: number | undefined;
  for (let at = 0; ;) {
    const block = reader.read(at, BLOCK);
    const isEmpty = block.equals(ZEROS.subarray(0, block.length));
    if (mark !== undefined && block.length < BLOCK && isEmpty) return { how: 'marked', at: mark, rest: 0 };
    if (block.length === 0) return { how: 'unmarked', at, rest: 0 };
    if (block.length === BLOCK && isEmpty) {
      mark ??= at;
      at += BLOCK;
      continue;
    }
    const header = block.length < BLOCK ? undefined : parseHeader(block);
    if (!header && mark !== undefined) return { how: 'marked', at: mark, rest: reader.size - at };
    if (!header) return { how: block.length < BLOCK ? 'truncated' : 'damaged', at, rest: 0 };
    if (mark !== undefined) {
      if (mark > 0) tar++; // zeros before the first header end nothing
      [global, local, mark] = [{}, {}, undefined];
    }
    const isExtra = 'xgLK'.includes(header.type);
    const size = isExtra ? header.size : (local.size ?? global.size ?? header.size);
    const offset = at + BLOCK;
    const stored = hasContent(header.type) ? size : 0;
    if (offset + stored > reader.size) return { how: 'truncated', at, rest: 0 };
    if (isExtra) {
      if (size > LARGEST_EXTRA) return { how: 'damaged', at, rest: 0 };
      readExtra(header.type, reader.read(offset, size), header.type === 'g' ? global : local);
    } else {
      yield { ...entryOf(header, { ...global, ...definedOf(local) }, offset, stored), tar };
      local = {};
    }
    at = offset + Math.ceil(stored / BLOCK) * BLOCK;
  }
}

/** Links and folders have no content, whatever their size says. */
function hasContent(type: string): boolean {
  return !'123456'.includes(type);
}

function readExtra(type: string, content: Buffer, extra: Extra): void {
  if (type === 'L' || type === 'K') {
    const end = content.indexOf(0);
    const name = content.toString('utf8', 0, end < 0 ? content.length : end);
    if (type === 'L') extra.path = name;
    else extra.linkPath = name;
    return;
  }
  const records = parsePax(content);
  extra.path = records.get('path') ?? extra.path;
  extra.linkPath = records.get('linkpath') ?? extra.linkPath;
  const size = records.get('size');
  if (size !== undefined && /^\d{1,15}$/.test(size)) extra.size = Number(size);
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) extra.sparse = true;
}

function definedOf(extra: Extra): Extra {
  return Object.fromEntries(Object.entries(extra).filter(([, value]) => value !== undefined));
}

function entryOf(
  header: Header,
  { path, linkPath, sparse }: Extra,
  offset: number,
  size: number,
): Omit<TarEntry, 'tar'> {
  const name = path ?? header.name;
  if (header.type === '1' || header.type === '2')
    return { kind: 'link', name, link: { to: linkPath ?? header.linkName, hard: header.type === '1' }, offset, size };
  // '7' is a contiguous file; a v7 folder is a file whose name ends in a slash. Sparse files have holes that are not stored.
  if (header.type === 'S' || sparse === true) return { kind: 'sparse', name, offset, size };
  const isFile = '07'.includes(header.type) && !name.endsWith('/');
  return { kind: isFile ? 'file' : 'other', name, offset, size };
}
