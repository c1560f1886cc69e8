import { TesseraError } from '@tessera/core';
import { NameTable } from '../../files/name-table.ts';
import type { Layout } from '../../splits/class-folders.ts';
import { keyAndEnding } from './inner-name.ts';
import { labelsFrom } from '../labels.ts';
import { splitPlaces, type SplitPlacesOptions } from './split-places.ts';
import type { TarIndex } from './tar-index.ts';

/** The images of a split, in order: places in the index, and their labels. */
export interface Listing {
  readonly places: Uint32Array;
  readonly labels?: Int32Array;
  readonly classes?: readonly string[];
  /** The one folder that holds all class folders, where the tars were made around it. */
  readonly wrapper?: string;
  /** What was guessed or left out in finding the split, for a person. */
  readonly findings?: readonly string[];
}

export interface ListingOptions extends Omit<SplitPlacesOptions, 'labelsFromFolders'> {
  /** `webdataset`: labels from `.cls` or `.json`; `auto`: webdataset where a label file is found; else as of a folder. */
  readonly layout: Layout | 'webdataset';
  /** Ending of the image where a sample has several, such as `seg.png`. */
  readonly image?: string | undefined;
  readonly classes?: readonly string[] | undefined;
}

/**
 * What a split has of the images of an index. Folders in a tar mean what they mean on disk: `train/` is trained on where there is one,
 * `test/` never; below, class folders are the labels.
 * @returns none where the tars have no such split
 * @throws TesseraError `E_DATA_CLASSES`
 */
export function listImages(index: TarIndex, options: ListingOptions): Listing | undefined {
  const names = NameTable.unpack(index.names);
  const webdataset = options.layout === 'auto' ? index.words.length > 0 : options.layout === 'webdataset';
  const below = splitPlaces(names, { ...options, labelsFromFolders: !webdataset && options.layout !== 'flat' });
  if (!below) return undefined;
  const listing = webdataset
    ? webdatasetListing(index, names, below.places, options)
    : folderListing(names, below.places, below.skip, options);
  return { ...listing, findings: below.findings };
}

/** One image a sample, in the order of the tars. */
function webdatasetListing(
  index: TarIndex,
  names: NameTable,
  below: readonly number[],
  { image, classes }: ListingOptions,
): Listing {
  let last = -1;
  const places: number[] = [];
  for (const place of below) {
    const sample = index.sample[place] ?? 0;
    // An ending of several parts is another picture of the sample, such as a mask.
    const ending = keyAndEnding(names.at(place))[1];
    if (sample === last || (image === undefined ? ending.includes('.') : ending !== image)) continue;
    last = sample;
    places.push(place);
  }
  const labels = labelsFrom(
    places.map((place) => index.labels[index.sample[place] ?? 0] ?? -1),
    index.words,
    classes,
  );
  return { places: Uint32Array.from(places), ...labels };
}

/** The order of the folder data set: by class; in a folder its own images first, then its folders; names by code unit. */
function folderListing(
  names: NameTable,
  below: readonly number[],
  skip: number,
  { classes: given, layout }: ListingOptions,
): Listing {
  const entries = below.map((place) => ({ place, key: sortKey(names.at(place).slice(skip)) }));
  const inFolders = layout === 'flat' ? [] : entries.filter(({ key }) => key.startsWith(FOLDER));
  const chosen = inFolders.length > 0 ? inFolders : entries;
  if (!chosen.every(({ key }, i) => i === 0 || (chosen[i - 1]?.key ?? '') <= key))
    chosen.sort((a, b) => (a.key < b.key ? -1 : 1));
  const places = Uint32Array.from(chosen, ({ place }) => place);
  if (inFolders.length === 0) return { places };
  const classes: string[] = [];
  const labels = Int32Array.from(chosen, ({ key }) => {
    const name = key.slice(1, key.indexOf(END));
    if (classes.at(-1) !== name) classes.push(name);
    return classes.length - 1;
  });
  const [only] = classes;
  const isWrapped = classes.length === 1 && chosen.every(({ key }) => key.indexOf(FOLDER, 1) > 0);
  if (!given) return { places, labels, classes, ...(isWrapped && only !== undefined ? { wrapper: only } : {}) };
  const stranger = classes.find((name) => !given.includes(name));
  if (stranger !== undefined) {
    throw new TesseraError({
      code: 'E_DATA_CLASSES',
      message: `the tars have a class '${stranger}' that was not there in training (${given.join(', ')})`,
      next: 'Compare data sets that have the same classes.',
    });
  }
  return { places, labels: labels.map((own) => given.indexOf(classes[own] ?? '')), classes: given };
}

const FILE = '\u0001';
const FOLDER = '\u0002';
const END = '\u0000';

/** A text that sorts by code unit as a walk over folders would: `a/b/c.jpg` becomes FOLDER a END FOLDER b END FILE c.jpg. */
function sortKey(path: string): string {
  const parts = path.split('/');
  const file = parts.pop() ?? '';
  return `${parts.map((part) => `${FOLDER}${part}${END}`).join('')}${FILE}${file}`;
}
