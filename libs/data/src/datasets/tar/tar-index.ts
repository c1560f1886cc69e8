import { setImmediate } from 'node:timers/promises';
import type { FileStamp } from '../../files/file-stamp.ts';
import { NameTable, NameTableBuilder, type PackedNames } from '../../files/name-table.ts';
import { showPath } from '../../files/show-path.ts';
import { unreadableFile } from '../../files/unreadable.ts';
import { isImageName } from '../image-files.ts';
import { BlockReader } from './block-reader.ts';
import { tarEntries, type TarEntry } from './entries.ts';
import { innerName, isHidden, keyAndEnding, keyOf, linkTarget } from './inner-name.ts';
import { judgeEnd } from './judge-end.ts';
import { labelFile, SampleLabels, type LabelNotes, type Note } from './sample-labels.ts';
import { Samples } from './samples.ts';

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
  /** WebDataset's sample: what in a tar has one key, each ending once. */
  readonly sample: Uint32Array;
  /** Of each sample: what its `.cls` or `.json` says, a place in `words`; -1: nothing. */
  readonly labels: Int32Array;
  readonly words: readonly string[];
  readonly notes: LabelNotes;
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

/** A member that is a link, and the sample it belongs to by its own name. */
interface Link {
  readonly name: string;
  readonly to: string;
  /** Within the tar; none where it leads out of it. */
  readonly target: string | undefined;
  readonly sample: number;
}

class TarIndexBuilder {
  readonly #names = new NameTableBuilder();
  readonly #shard: number[] = [];
  readonly #offset: number[] = [];
  readonly #length: number[] = [];
  readonly #sample: number[] = [];
  readonly #samples = new Samples();
  readonly #labels: SampleLabels;
  readonly #again = { count: 0, first: '' };
  readonly #warnings: { readonly code: string; readonly message: string }[] = [];

  constructor(labelKey: string) {
    this.#labels = new SampleLabels(labelKey);
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
    const names = this.#names.packed();
    this.#labels.finish(names, this.#sample);
    return {
      names,
      shard: Uint32Array.from(this.#shard),
      offset: Float64Array.from(this.#offset),
      length: Float64Array.from(this.#length),
      sample: Uint32Array.from(this.#sample),
      labels: this.#labels.labels,
      words: this.#labels.words,
      notes: this.#labels.notes,
      warnings: [...this.#warnings, ...(this.#again.count > 0 ? [namedAgain(this.#again)] : [])],
    };
  }

  async #walk(reader: BlockReader, path: string, shard: number): Promise<void> {
    const first = this.#names.size;
    const links = { images: [] as Link[], labels: [] as Link[] };
    const outside: string[] = [];
    let tar = 0;
    let count = 0;
    const entries = tarEntries(reader);
    for (let step = entries.next(); ; step = entries.next()) {
      if (step.done === true) {
        this.#endTar(false);
        this.#warnings.push(...judgeEnd(path, reader, step.value, { entries: count, tars: tar + 1 }));
        break;
      }
      if (++count % BREATH === 0) await setImmediate();
      const entry = step.value;
      if (entry.tar > tar) this.#endTar(true);
      tar = entry.tar;
      const name = innerName(entry.name);
      if (entry.kind === 'sparse' && isImageName(entry.name)) outside.push(`${entry.name} (sparse)`);
      if (entry.kind === 'other' || entry.kind === 'sparse') continue;
      if (name === undefined) outside.push(entry.name);
      if (name === undefined || isHidden(name)) continue;
      this.#take(name, entry, { reader, shard, links });
    }
    this.#follow(links.images, first, shard, outside);
    if (links.labels.length > 0) this.#readLinked(reader, links.labels);
    if (outside.length > 0) this.#warnings.push({ code: 'W_TAR_LEFT_OUT', message: leftOut(path, outside) });
  }

  #take(
    name: string,
    entry: TarEntry,
    to: {
      readonly reader: BlockReader;
      readonly shard: number;
      readonly links: { readonly images: Link[]; readonly labels: Link[] };
    },
  ): void {
    const { offset, size } = entry;
    const ending = keyAndEnding(name)[1];
    const isImage = isImageName(name);
    const kind = isImage ? undefined : labelFile(ending);
    if (!isImage && kind === undefined) {
      if (/\.cls$/i.test(name)) this.#labels.noteDotted(name);
      return;
    }
    const { sample, again } = this.#samples.place(keyOf(name), kind ?? ending);
    if (again && isImage && this.#again.count++ === 0) this.#again.first = name;
    if (entry.kind === 'link') {
      const { to: written, hard } = entry.link ?? { to: '', hard: true };
      const target = hard ? innerName(written) : linkTarget(name, written);
      (isImage ? to.links.images : to.links.labels).push({ name, to: written, target, sample });
    } else if (isImage) this.#push({ name, offset, size, sample }, to.shard);
    else if (size > LARGEST_LABEL || kind === undefined) this.#labels.noteEmpty(name);
    else this.#labels.addLabel(sample, kind, name, to.reader.read(offset, size));
  }

  #push({ name, offset, size, sample }: Found, shard: number): void {
    this.#names.add(name);
    this.#shard.push(shard);
    this.#offset.push(offset);
    this.#length.push(size);
    this.#sample.push(sample);
    this.#labels.addImage(sample);
  }

  #endTar(more: boolean): void {
    for (const { key, samples } of this.#samples.endTar(more)) this.#labels.forget(key, samples);
  }

  /** A link to an image of the same tar is that image under another name (tar stores hard-linked files so). */
  #follow(links: readonly Link[], first: number, shard: number, outside: string[]): void {
    if (links.length === 0) return;
    const names = NameTable.unpack(this.#names.packed());
    const places = new Map<string, number>();
    for (let i = first; i < names.size; i++) places.set(names.at(i), i);
    for (const { name, to, target, sample } of links) {
      const place = target === undefined ? undefined : places.get(target);
      if (place === undefined) {
        outside.push(`${name} -> ${to}`);
        continue;
      }
      const [offset = 0, size = 0] = [this.#offset[place], this.#length[place]];
      this.#push({ name, offset, size, sample }, shard);
      this.#labels.addLink(sample, this.#sample[place] ?? sample);
    }
  }

  /** Label files that are links to others: rare enough to walk over the tar once more. */
  #readLinked(reader: BlockReader, links: readonly Link[]): void {
    const wanted = new Map<string, Link[]>();
    for (const link of links) {
      const same = link.target === undefined ? undefined : wanted.get(link.target);
      if (same) same.push(link);
      else if (link.target !== undefined) wanted.set(link.target, [link]);
    }
    for (const { kind, name, offset, size } of tarEntries(reader)) {
      const target = kind === 'file' && size <= LARGEST_LABEL ? innerName(name) : undefined;
      for (const link of (target !== undefined && wanted.get(target)) || []) {
        const ending = labelFile(keyAndEnding(link.name)[1]);
        if (ending) this.#labels.addLabel(link.sample, ending, link.name, reader.read(offset, size));
      }
    }
  }
}

function opened(path: string, size: number): BlockReader {
  try {
    return new BlockReader(path, size);
  } catch (error) {
    throw unreadableFile(path, error);
  }
}

function leftOut(path: string, names: readonly string[]): string {
  return `${String(names.length)} entries of '${path}' lead out of it, or to nothing in it, and are left out, the first '${showPath(names[0] ?? '')}'`;
}

function namedAgain({ count, first }: Note): { readonly code: string; readonly message: string } {
  return {
    code: 'W_TAR_NAMED_AGAIN',
    message: `${String(count)} images have the name of one before them in the same file, the first '${showPath(first)}', and each is an image of its own; if the later ones replace the earlier (tar -r, tar -u), unpack the tar and pack it anew`,
  };
}
