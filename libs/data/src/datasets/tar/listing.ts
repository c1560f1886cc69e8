import { TesseraError } from '@tessera/core';
import { NameTable } from '../../files/name-table.ts';
import { classFindings, type Layout } from '../../splits/class-folders.ts';
import { countFindings } from '../../splits/count-findings.ts';
import { topOf } from '../../splits/top-folders.ts';
import { alikeClasses, likeness, listed, matchClasses } from '../class-names.ts';
import { labelsFrom } from '../labels.ts';
import { keyAndEnding } from './inner-name.ts';
import { lostLabels, passedOver, refuseAllPassedOver, unreadLabels, type DataWarning } from './listing-warnings.ts';
import { splitPlaces, type SplitPlaces, type SplitPlacesOptions } from './split-places.ts';
import type { TarIndex } from './tar-index.ts';

/** The images of a split, in order: places in the index, and their labels. */
export interface Listing {
  readonly places: Uint32Array;
  readonly labels?: Int32Array;
  readonly classes?: readonly string[];
  /** The one folder that holds all class folders, where the tars were made around it. */
  readonly wrapper?: string;
  /** What was guessed or left out in finding the split, for a person. */
  readonly findings: readonly string[];
  /** What else is doubtful. */
  readonly warnings: readonly DataWarning[];
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
 * @throws TesseraError `E_DATA_CLASSES`, `E_DATA_LABELS`
 */
export function listImages(index: TarIndex, options: ListingOptions): Listing | undefined {
  const names = NameTable.unpack(index.names);
  const layout = options.layout === 'auto' && index.words.length > 0 ? 'webdataset' : options.layout;
  const labelsFromFolders = layout !== 'webdataset' && layout !== 'flat';
  const below = splitPlaces(names, { ...options, labelsFromFolders });
  if (!below) return undefined;
  const listing =
    layout === 'webdataset'
      ? webdatasetListing(index, names, below.places, options)
      : folderListing(index, names, below, options);
  const counts = { split: options.split, used: listing.places.length, all: below.all, where: below.where };
  return { ...listing, findings: countFindings([...below.findings, ...looseFindings(names, below, layout)], counts) };
}

/** Images beside class folders are told as those of a folder are. */
function looseFindings(names: NameTable, { places, skip }: SplitPlaces, layout: ListingOptions['layout']): string[] {
  if (layout === 'webdataset') return [];
  return classFindings(topOf(places.map((place) => names.at(place).slice(skip))), layout);
}

/** One image a sample, in the order of the tars. */
function webdatasetListing(
  index: TarIndex,
  names: NameTable,
  below: readonly number[],
  { image, classes, layout }: ListingOptions,
): Omit<Listing, 'findings'> {
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
  if (places.length === 0 && image === undefined) refuseAllPassedOver(passed, names);
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
  { places: below, skip }: SplitPlaces,
  { classes: given, layout }: ListingOptions,
): Omit<Listing, 'findings'> {
  const entries = below.map((place) => ({ place, key: sortKey(names.at(place).slice(skip)) }));
  const inFolders = layout === 'flat' ? [] : entries.filter(({ key }) => key.startsWith(FOLDER));
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
  const [only] = groups;
  const isWrapped = !given && groups.length === 1 && chosen.every(({ key }) => key.indexOf(FOLDER, 1) > 0);
  return {
    places,
    labels: Int32Array.from(groupOf, (group) => labels[group] ?? -1),
    classes,
    ...(isWrapped && only !== undefined ? { wrapper: only } : {}),
    warnings: [...warnings, ...alikeClasses(classes)],
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
