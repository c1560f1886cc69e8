import { textOf } from '../../files/text-of.ts';
import { NameTable, type PackedNames } from '../../files/name-table.ts';
import { Words } from '../labels.ts';
import { keyOf } from './inner-name.ts';

/** Things of one kind that a person should know of. */
export interface Note {
  readonly count: number;
  readonly first: string;
}

/** Label files that gave no label, by why. */
export interface LabelNotes {
  /** They belong to no image. */
  readonly stray: Note;
  /** Their name is that of several images, of which they are apart. */
  readonly unclear: Note;
  /** Their name has several dots: `1.5_cat.cls` is, to WebDataset, the `5_cat.cls` of the sample `1`. */
  readonly dotted: Note;
  /** There is no label in them. */
  readonly empty: Note;
}

export type LabelFile = 'cls' | 'json';

/** What kind of label file an ending means, in capitals or not. */
export function labelFile(ending: string): LabelFile | undefined {
  const lower = ending.toLowerCase();
  return lower === 'cls' || lower === 'json' ? lower : undefined;
}

const RANK = { cls: 2, json: 1 } as const;

/** The labels of samples, from `.cls` and `.json` files, which may come before or after their image, or in another tar. */
export class SampleLabels {
  readonly #labelKey: string;
  readonly #labels: number[] = [];
  readonly #rank: number[] = [];
  readonly #hasImage: boolean[] = [];
  readonly #words = new Words();
  /** Samples that have a label and no image yet. */
  readonly #waiting = new Map<number, { readonly key: string; readonly name: string }>();
  readonly #notes = { stray: none(), unclear: none(), dotted: none(), empty: none() };
  /** Images that are links: a label of their own goes before that of the image they lead to. */
  readonly #links: (readonly [from: number, to: number])[] = [];

  /** @param labelKey of a JSON object: its value is the label */
  constructor(labelKey: string) {
    this.#labelKey = labelKey;
  }

  get words(): readonly string[] {
    return this.#words.all();
  }

  /** Of the samples so far; -1: none. */
  get labels(): Int32Array {
    return Int32Array.from(this.#labels);
  }

  get notes(): LabelNotes {
    return this.#notes;
  }

  addImage(sample: number): void {
    this.#grow(sample);
    this.#hasImage[sample] = true;
    this.#waiting.delete(sample);
  }

  /** @param content of the label file; `.cls` goes before `.json`, whichever comes first */
  addLabel(sample: number, kind: LabelFile, name: string, content: Uint8Array): void {
    this.#grow(sample);
    const label = this.#labelIn(kind, textOf(content).trim());
    if (label === undefined || label === '') {
      this.noteEmpty(name);
      return;
    }
    if (RANK[kind] <= (this.#rank[sample] ?? 0)) return;
    this.#rank[sample] = RANK[kind];
    this.#labels[sample] = this.#words.place(label);
    if (this.#hasImage[sample] !== true) this.#waiting.set(sample, { key: keyOf(name), name });
  }

  noteEmpty(name: string): void {
    note(this.#notes.empty, name);
  }

  noteDotted(name: string): void {
    note(this.#notes.dotted, name);
  }

  /** An image that is a link to that of another sample. */
  addLink(from: number, to: number): void {
    this.addImage(from);
    this.#links.push([from, to]);
  }

  /** Takes the labels from samples that may have another's. */
  forget(key: string, samples: readonly number[]): void {
    for (const sample of samples) {
      if ((this.#labels[sample] ?? -1) >= 0) note(this.#notes.unclear, key);
      this.#labels[sample] = -1;
      this.#waiting.delete(sample);
    }
  }

  /** Once all tars are read: joins labels to the images of other tars that alone have their key and want one. */
  finish(names: PackedNames, sampleOf: readonly number[]): void {
    if (this.#waiting.size > 0) this.#joinAcross(NameTable.unpack(names), sampleOf);
    for (const { name } of this.#waiting.values()) note(this.#notes.stray, name);
    for (const [from, to] of this.#links)
      if ((this.#labels[from] ?? -1) < 0) this.#labels[from] = this.#labels[to] ?? -1;
  }

  #joinAcross(names: NameTable, sampleOf: readonly number[]): void {
    const waiting = new Map<string, number[]>();
    for (const [sample, { key }] of this.#waiting) waiting.set(key, [...(waiting.get(key) ?? []), sample]);
    const images = new Map<string, Set<number>>();
    for (let image = 0; image < names.size; image++) {
      const key = keyOf(names.at(image));
      if (waiting.has(key)) images.set(key, (images.get(key) ?? new Set()).add(sampleOf[image] ?? -1));
    }
    for (const [key, samples] of waiting) {
      const [[label], [image]] = [samples, [...(images.get(key) ?? [])]];
      if (samples.length > 1 || images.get(key)?.size !== 1 || label === undefined || image === undefined) continue;
      if ((this.#labels[image] ?? -1) >= 0) continue;
      this.#labels[image] = this.#labels[label] ?? -1;
      this.#waiting.delete(label);
    }
  }

  #labelIn(kind: LabelFile, text: string): string | undefined {
    if (kind === 'cls') return text;
    try {
      const value: unknown = JSON.parse(text);
      const label: unknown =
        typeof value === 'object' && value !== null ? Reflect.get(value, this.#labelKey) : undefined;
      return typeof label === 'string' || typeof label === 'number' ? String(label).trim() : undefined;
    } catch {
      return undefined;
    }
  }

  #grow(sample: number): void {
    for (let next = this.#labels.length; next <= sample; next++) {
      this.#labels.push(-1);
      this.#rank.push(0);
      this.#hasImage.push(false);
    }
  }
}

interface Counting {
  count: number;
  first: string;
}

function none(): Counting {
  return { count: 0, first: '' };
}

function note(counting: Counting, name: string): void {
  if (counting.count++ === 0) counting.first = name;
}
