import type { NameTable } from '../../files/name-table.ts';
import { chooseSplits } from '../../splits/choose-splits.ts';
import { refuseNestedSplits } from '../../splits/nested-splits.ts';
import type { SplitWishes } from '../../splits/options.ts';
import { topOf } from '../../splits/top-folders.ts';

export interface SplitPlacesOptions extends SplitWishes {
  readonly split: 'train' | 'test';
  /** Folder in the tars to start at, or an empty text. */
  readonly inside: string;
  /** The tars hold the test split and nothing else. */
  readonly testOnly: boolean;
  /** Whether class folders are the labels. */
  readonly labelsFromFolders: boolean;
}

/** The images of a split. */
export interface SplitPlaces {
  /** In the index, in its order. */
  readonly places: readonly number[];
  /** Letters of the names that lead to the split: `inside/train/`. */
  readonly skip: number;
  /** Images of all splits, and where they are, in words. */
  readonly all: number;
  readonly where: string;
  /** What was guessed or left out, for a person. */
  readonly findings: readonly string[];
}

/**
 * Folders in tars are splits as folders on disk are.
 * @returns none where the tars have no such split
 * @throws TesseraError `E_DATA_SPLITS` and the others of {@link chooseSplits}
 */
export function splitPlaces(names: NameTable, options: SplitPlacesOptions): SplitPlaces | undefined {
  const { split, inside, testOnly, splits, trainFolder, testFolder } = options;
  const start = startOf(names, inside);
  const all: { readonly place: number; readonly name: string }[] = [];
  for (let place = 0; place < names.size; place++) {
    const name = names.at(place);
    if (name.startsWith(start)) all.push({ place, name: name.slice(start.length) });
  }
  const show = (folder: string): string => (start + folder === '' ? 'the tars' : `'${start}${folder}' in the tars`);
  const top = topOf(all.map(({ name }) => name));
  // Tars of test images alone need no folder of training images, nor one of test images.
  const has = (name: string | undefined): string | undefined =>
    !testOnly || (name !== undefined && top.folders.has(name)) ? name : undefined;
  const wishes = { splits, trainFolder: has(trainFolder), testFolder: has(testFolder) };
  const { labelsFromFolders } = options;
  const chosen = chooseSplits(top, { ...wishes, labelsFromFolders, exclude: [], show });
  const folder = split === 'train' ? (chosen.train ?? '') : (chosen.test ?? (testOnly ? '' : undefined));
  if (folder === undefined) return undefined;
  const left = split === 'train' ? chosen.leftOut : new Set(chosen.train === undefined ? [] : [chosen.train]);
  const skip = folder === '' ? 0 : folder.length + 1;
  const used = all.filter(({ name }) => {
    const own = name.slice(0, Math.max(0, name.indexOf('/')));
    return folder === '' ? !left.has(own) : own === folder;
  });
  if (split === 'train' && splits === 'auto' && trainFolder === undefined) {
    refuseNestedSplits(
      used.map(({ name }) => name.slice(skip)),
      {
        within: chosen.train === undefined ? 'root' : 'train',
        show: (own) => show([folder, own].filter((part) => part !== '').join('/')),
        advice: (own) =>
          `Start at one data set: data.options.inside=${start}${[folder, own].filter((part) => part !== '').join('/')}.`,
      },
    );
  }
  return {
    places: used.map(({ place }) => place),
    skip: start.length + skip,
    all: all.length,
    where: show(''),
    findings: chosen.findings[split],
  };
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
