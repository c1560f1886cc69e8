import { setImmediate } from 'node:timers/promises';
import { TesseraError } from '@tessera/core';
import type { FileStamp } from '../../files/file-stamp.ts';
import { NameTableBuilder, type PackedNames } from '../../files/name-table.ts';
import { showPath } from '../../files/show-path.ts';
import { unreadableFile } from '../../files/unreadable.ts';
import { isImageName } from '../image-files.ts';
import { Words } from '../labels.ts';
import { BlockReader } from './block-reader.ts';
import { tarEntries, type TarEnd, type TarEntry } from './entries.ts';
import { innerName, isHidden, keyAndEnding, linkTarget } from './inner-name.ts';

/** Larger side files are not labels. */
const LARGEST_LABEL = 2 ** 20;
/** Entries between two moments at which the program may be stopped. */
const BREATH = 4096;

/** Where every image of a set of tars is, in their order. Arrays run in parallel. */
export interface TarIndex {
  /** Within the tar. */
  readonly names: PackedNames;
  readonly shard: Uint32Array;
  /** Bytes. */
  readonly offset: Float64Array;
  readonly length: Float64Array;
  /** WebDataset's sample: neighbours in a tar with one key, each ending once. */
  readonly sample: Uint32Array;
  /** Of each sample: what its `.cls` or `.json` says, a place in `words`; -1: nothing. */
  readonly labels: Int32Array;
  readonly words: readonly string[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/**
 * Reads the headers of tars, and the `.cls` and `.json` files beside images; the images are not read.
 * @param labelKey of a JSON object: its value is the label
 * @throws TesseraError `E_DATA_NOT_TAR`
 */
export async function indexTars(shards: readonly FileStamp[], labelKey: string): Promise<TarIndex> {
  const builder = new TarIndexBuilder(labelKey);
  for (const [i, shard] of shards.entries()) await builder.add(shard, i);
  return builder.build();
}

interface Found {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly sample: number;
}

class TarIndexBuilder {
  readonly #labelKey: string;
  readonly #names = new NameTableBuilder();
  readonly #shard: number[] = [];
  readonly #offset: number[] = [];
  readonly #length: number[] = [];
  readonly #sample: number[] = [];
  readonly #labels: number[] = [];
  readonly #words = new Words();
  readonly #warnings: { readonly code: string; readonly message: string }[] = [];

  constructor(labelKey: string) {
    this.#labelKey = labelKey;
  }

  async add([path, size]: FileStamp, shard: number): Promise<void> {
    const reader = opened(path, size);
    try {
      await this.#walk(reader, path, shard);
    } finally {
      reader.close();
    }
  }

  build(): TarIndex {
    return {
      names: this.#names.packed(),
      shard: Uint32Array.from(this.#shard),
      offset: Float64Array.from(this.#offset),
      length: Float64Array.from(this.#length),
      sample: Uint32Array.from(this.#sample),
      labels: Int32Array.from(this.#labels),
      words: this.#words.all(),
      warnings: this.#warnings,
    };
  }

  async #walk(reader: BlockReader, path: string, shard: number): Promise<void> {
    const first = this.#names.size;
    const links: TarEntry[] = [];
    const outside: string[] = [];
    const entries = tarEntries(reader);
    let key: string | undefined;
    const endings = new Set<string>();
    let count = 0;
    for (let step = entries.next(); ; step = entries.next()) {
      if (step.done === true) {
        this.#judgeEnd(path, reader, step.value, count);
        break;
      }
      if (++count % BREATH === 0) await setImmediate();
      const entry = step.value;
      const name = entry.kind === 'other' ? undefined : innerName(entry.name);
      if (entry.kind !== 'other' && name === undefined) outside.push(entry.name);
      if (name === undefined || isHidden(name)) continue;
      if (entry.kind === 'link') {
        if (isImageName(name)) links.push({ ...entry, name });
        continue;
      }
      const [ownKey, ending] = keyAndEnding(name);
      // The same name again is another sample: shards of parts whose keys all begin at 0.
      if (ownKey !== key || endings.has(ending)) {
        this.#labels.push(-1);
        endings.clear();
      }
      key = ownKey;
      endings.add(ending);
      const sample = this.#labels.length - 1;
      if (isImageName(name)) this.#push({ name, offset: entry.offset, size: entry.size, sample }, shard);
      else if (entry.size <= LARGEST_LABEL) this.#readLabel(ending, reader, entry, sample);
    }
    this.#follow(links, first, shard, outside);
    if (outside.length > 0) this.#warn('W_TAR_LEFT_OUT', leftOut(path, outside));
  }

  #push({ name, offset, size, sample }: Found, shard: number): void {
    this.#names.add(name);
    this.#shard.push(shard);
    this.#offset.push(offset);
    this.#length.push(size);
    this.#sample.push(sample);
  }

  /** `.cls` goes before `.json`, whichever comes first. */
  #readLabel(ending: string, reader: BlockReader, { offset, size }: TarEntry, sample: number): void {
    if (ending !== 'cls' && (ending !== 'json' || (this.#labels[sample] ?? -1) >= 0)) return;
    const text = reader.read(offset, size).toString('utf8').trim();
    const label = ending === 'cls' ? text : labelIn(text, this.#labelKey);
    if (label !== undefined && label !== '') this.#labels[sample] = this.#words.place(label);
  }

  /** A link to an image of the same tar is that image under another name (tar stores hard-linked files so). */
  #follow(links: readonly TarEntry[], first: number, shard: number, outside: string[]): void {
    if (links.length === 0) return;
    const { bytes, ends } = this.#names.packed();
    const places = new Map<string, number>();
    for (let i = first; i < ends.length; i++)
      places.set(Buffer.from(bytes.buffer, ends[i - 1] ?? 0, (ends[i] ?? 0) - (ends[i - 1] ?? 0)).toString('utf8'), i);
    for (const { name, link } of links) {
      const target = link && (link.hard ? innerName(link.to) : linkTarget(name, link.to));
      const place = target === undefined ? undefined : places.get(target);
      if (place === undefined) {
        outside.push(`${name} -> ${link?.to ?? ''}`);
        continue;
      }
      this.#labels.push(this.#labels[this.#sample[place] ?? 0] ?? -1);
      const [offset = 0, size = 0] = [this.#offset[place], this.#length[place]];
      this.#push({ name, offset, size, sample: this.#labels.length - 1 }, shard);
    }
  }

  #judgeEnd(path: string, reader: BlockReader, { how, at }: TarEnd, entries: number): void {
    if (entries === 0 && how !== 'marked') throw notATar(path, reader.read(0, 2));
    if (how === 'marked') return;
    const reasons = {
      unmarked: 'has no end mark: it may be cut short between two files',
      truncated: `is cut short: its last file, at byte ${String(at)}, is not whole and is left out`,
      damaged: `is damaged at byte ${String(at)}: what follows is left out`,
    };
    this.#warn('W_TAR_DAMAGED', `the tar '${path}' ${reasons[how]} (${String(entries)} entries were read)`);
  }

  #warn(code: string, message: string): void {
    this.#warnings.push({ code, message });
  }
}

function opened(path: string, size: number): BlockReader {
  try {
    return new BlockReader(path, size);
  } catch (error) {
    throw unreadableFile(path, error);
  }
}

function labelIn(text: string, key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const label: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    return typeof label === 'string' || typeof label === 'number' ? String(label) : undefined;
  } catch {
    return undefined;
  }
}

function leftOut(path: string, names: readonly string[]): string {
  return `${String(names.length)} entries of '${path}' lead out of it, or to nothing in it, and are left out, the first '${showPath(names[0] ?? '')}'`;
}

function notATar(path: string, [first, second]: Buffer): TesseraError {
  const packed =
    (first === 0x1f && second === 0x8b) || (first === 0x42 && second === 0x5a) || first === 0xfd || first === 0x28;
  return new TesseraError({
    code: 'E_DATA_NOT_TAR',
    message: `'${path}' is ${packed ? 'compressed' : 'no tar'}`,
    next: packed
      ? 'Images are read by their place in the tar, which a compressed one does not have: unpack it once (gunzip, unxz, unzstd).'
      : 'Check the file, or fetch it again.',
  });
}
