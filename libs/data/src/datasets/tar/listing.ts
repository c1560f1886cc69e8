import { TesseraError } from '@tessera/core';
import { NameTable } from '../../files/name-table.ts';
import { alikeClasses, likeness, listed, matchClasses } from '../class-names.ts';
import { labelsFrom } from '../labels.ts';
import { keyAndEnding } from './inner-name.ts';
import { looseImages, lostLabels, passedOver, unreadLabels, type DataWarning } from './listing-warnings.ts';
import type { TarIndex } from './tar-index.ts';

/** The images of a split, in order: places in the index, and their labels. */
export interface Listing {
  readonly places: Uint32Array;
  readonly labels?: Int32Array;
  readonly classes?: readonly string[];
  /** The one folder that holds all class folders, where the tars were made around it. */
  readonly wrapper?: string;
  readonly warnings: readonly DataWarning[];
}

export interface ListingOptions {
  readonly split: 'train' | 'test';
  /** `webdataset`: labels from `.cls` or `.json`; `folders`: from class folders; `auto`: webdataset where a label file is found. */
  readonly layout: 'auto' | 'webdataset' | 'folders';
  /** Folder in the tars to start at, or an empty text. */
  readonly inside: string;
  /** Ending of the image where a sample has several, such as `seg.png`. */
  readonly image?: string | undefined;
  readonly classes?: readonly string[] | undefined;
  /** The tars hold the test split and nothing else. */
  readonly testOnly: boolean;
}

/**
 * What a split has of the images of an index. Folders in a tar mean what they mean on disk: `train/` is trained on where there is one,
 * `test/` never; below, class folders are the labels.
 * @returns none where the tars have no such split
 * @throws TesseraError `E_DATA_CLASSES`, `E_DATA_LABELS`
 */
export function listImages(index: TarIndex, options: ListingOptions): Listing | undefined {
  const names = NameTable.unpack(index.names);
  const below = splitPlaces(names, options);
  if (!below) return undefined;
  const webdataset = options.layout === 'auto' ? index.words.length > 0 : options.layout === 'webdataset';
  return webdataset
    ? webdatasetListing(index, names, below.places, options)
    : folderListing(index, names, below, options);
}

interface Below {
  readonly places: readonly number[];
  /** Letters of the names that lead to the split: `inside/train/`. */
  readonly skip: number;
}

function splitPlaces(names: NameTable, { split, inside, testOnly }: ListingOptions): Below | undefined {
  const start = startOf(names, inside);
  const groups = { train: [] as number[], test: [] as number[], neither: [] as number[] };
  for (let place = 0; place < names.size; place++) {
    const name = names.at(place);
    if (!name.startsWith(start)) continue;
    if (name.startsWith('train/', start.length)) groups.train.push(place);
    else if (name.startsWith('test/', start.length)) groups.test.push(place);
    else groups.neither.push(place);
  }
  if (split === 'train') {
    return groups.train.length > 0
      ? { places: groups.train, skip: start.length + 'train/'.length }
      : { places: groups.neither, skip: start.length };
  }
  if (groups.test.length > 0) return { places: groups.test, skip: start.length + 'test/'.length };
  return testOnly ? { places: groups.neither, skip: start.length } : undefined;
}

/** `inside/`, in the Unicode form that the tars have it in. */
function startOf(names: NameTable, inside: string): string {
  const folder = inside.replace(/^\/+|\/+$/g, '');
  if (folder === '') return '';
  const forms = [folder, folder.normalize('NFC'), folder.normalize('NFD')].map((form) => `${form}/`);
  for (const name of names) {
    const form = forms.find((start) => name.startsWith(start));
    if (form !== undefined) return form;
  }
  return `${folder}/`;
}

/** One image a sample, in the order of the tars. */
function webdatasetListing(
  index: TarIndex,
  names: NameTable,
  below: readonly number[],
  { image, classes, layout }: ListingOptions,
): Listing {
  const wanted = image?.toLowerCase();
  const isTaken = new Uint8Array(index.labels.length);
  const places: number[] = [];
  for (const place of below) {
    const sample = index.sample[place] ?? 0;
    // An ending of several parts is another picture of the sample, such as a mask.
    const ending = keyAndEnding(names.at(place))[1].toLowerCase();
    if (isTaken[sample] === 1 || (wanted === undefined ? ending.includes('.') : ending !== wanted)) continue;
    isTaken[sample] = 1;
    places.push(place);
  }
  const passed = below.filter((place) => isTaken[index.sample[place] ?? 0] !== 1);
  const written = places.map((place) => index.labels[index.sample[place] ?? 0] ?? -1);
  const bare = places.filter((_, i) => (written[i] ?? -1) < 0);
  const labels = labelsFrom(written, index.words, classes);
  return {
    places: Uint32Array.from(places),
    ...labels,
    warnings: [
      ...passedOver(passed, names, image),
      ...lostLabels(index.notes, {
        images: places.length,
        bare: bare.length,
        first: names.at(bare[0] ?? 0),
        guessed: layout === 'auto',
      }),
      ...alikeClasses(labels?.classes),
    ],
  };
}

/** The order of the folder data set: by class; in a folder its own images first, then its folders; names by code unit. */
function folderListing(
  { notes }: TarIndex,
  names: NameTable,
  { places: below, skip }: Below,
  { classes: given, layout }: ListingOptions,
): Listing {
  const entries = below.map((place) => ({ place, key: sortKey(names.at(place).slice(skip)) }));
  const inFolders = entries.filter(({ key }) => key.startsWith(FOLDER));
  const chosen = inFolders.length > 0 ? inFolders : entries;
  if (!chosen.every(({ key }, i) => i === 0 || (chosen[i - 1]?.key ?? '') <= key))
    chosen.sort((a, b) => (a.key < b.key ? -1 : 1));
  const places = Uint32Array.from(chosen, ({ place }) => place);
  const warnings = layout === 'auto' ? unreadLabels(notes, inFolders.length > 0) : [];
  if (inFolders.length === 0) return { places, warnings };
  const groups: string[] = [];
  const groupOf = chosen.map(({ key }) => {
    const name = key.slice(1, key.indexOf(END));
    if (groups.at(-1) !== name) groups.push(name);
    return groups.length - 1;
  });
  const { classes, labels } = matchClasses(groups, given);
  const stranger = groups[labels.indexOf(-1)];
  if (stranger !== undefined) {
    throw new TesseraError({
      code: 'E_DATA_CLASSES',
      message: `the tars have a class '${stranger}' that was not there in training (${listed(classes)})${likeness(stranger, classes)}`,
      next: 'Compare data sets that have the same classes.',
    });
  }
  const loose = entries.filter(({ key }) => !key.startsWith(FOLDER)).map(({ place }) => place);
  const [only] = groups;
  const isWrapped = !given && groups.length === 1 && chosen.every(({ key }) => key.indexOf(FOLDER, 1) > 0);
  return {
    places,
    labels: Int32Array.from(groupOf, (group) => labels[group] ?? -1),
    classes,
    ...(isWrapped && only !== undefined ? { wrapper: only } : {}),
    warnings: [...warnings, ...looseImages(loose, names), ...alikeClasses(classes)],
  };
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
