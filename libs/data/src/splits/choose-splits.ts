import { TesseraError } from '@tessera/core';
import type { SplitWishes } from './options.ts';
import { byPreference, splitsAmong, type SplitKind } from './split-names.ts';
import { unnamedSplits } from './unnamed-splits.ts';
import { countedFolders, type Top, type TopFolder } from './top-folders.ts';

/** Which folders of a root hold which split. */
export interface Splits {
  /** Folder of the training images; none: the root itself, less `leftOut`. */
  readonly train: string | undefined;
  /** Folders of the root that are never trained on. */
  readonly leftOut: ReadonlySet<string>;
  /** Folder of the test images, where there is one. */
  readonly test: string | undefined;
  /** What was guessed or left out in finding the images of a split, for a person. */
  readonly findings: Readonly<Record<SplitKind, readonly string[]>>;
}

export interface SplitSource extends SplitWishes {
  /** Class folders that are left out on purpose: nothing is said of them. */
  readonly exclude: readonly string[];
  /** Whether class folders are the labels. */
  readonly labelsFromFolders: boolean;
  /** A folder of the root in messages; an empty name is the root. */
  readonly show: (folder: string) => string;
}

/**
 * The rule of splits, for folders and tars alike: `train` (or what reads like it) is trained on where there is one, else the root less its
 * test folders; `test`, `val` and the like are never trained on, and the first of them holds the test images. A guess is told, and one that
 * would lose labels is refused.
 * @throws TesseraError `E_DATA_SPLITS` where it is open what the training images are, `E_DATA_MISSING` for a folder that was named,
 * `E_USAGE` where wishes contradict each other
 */
export function chooseSplits(top: Top, source: SplitSource): Splits {
  const { trainFolder, testFolder } = source;
  const { train, tests } = nameSplits(top.folders.keys(), source);
  for (const [option, name] of Object.entries({ trainFolder, testFolder }))
    if (name !== undefined && !top.folders.has(name)) throw missing(option, name, source);
  const leftOut = new Set(tests);
  const told = train === undefined ? ofRoot(top, tests, source) : ofTrainFolder(top, train, tests, source);
  // What is told of both splits is told with the training images, which are always opened.
  const findings = { train: told, test: told.length > 0 ? [] : ofTests(top, tests, source) };
  return { train, leftOut, test: tests[0], findings };
}

/**
 * The same by names alone, where nothing is known of the images.
 * @returns folders of test images in the order of preference
 */
export function nameSplits(
  names: Iterable<string>,
  { splits, trainFolder, testFolder, show }: SplitWishes & Pick<SplitSource, 'show'>,
): { readonly train: string | undefined; readonly tests: readonly string[] } {
  if (trainFolder !== undefined && (trainFolder === testFolder || trainFolder === 'test'))
    throw trainsOnTest(trainFolder);
  const all = [...names];
  const kinds = splits === 'none' ? new Map<string, SplitKind>() : splitsAmong(all);
  const found = (kind: SplitKind): string[] => all.filter((name) => kinds.get(name) === kind);
  const tests = byPreference(found('test').filter((name) => name !== testFolder && name !== trainFolder));
  const trains = found('train').filter((name) => name !== testFolder);
  return {
    train: trainFolder ?? (trains.includes('train') ? 'train' : onlyOne(trains, show)),
    tests: [...(testFolder === undefined ? [] : [testFolder]), ...tests],
  };
}

function onlyOne(trains: readonly string[], show: SplitSource['show']): string | undefined {
  if (trains.length < 2) return trains[0];
  throw new TesseraError({
    code: 'E_DATA_SPLITS',
    message: `${show('')} has several folders that read like training images: ${trains.map((name) => `'${name}'`).join(', ')}`,
    next: `Name one, data.options.trainFolder=${trains[0] ?? ''}, or set data.options.splits=none where they are classes.`,
  });
}

/** Beside a folder of training images everything is left out; what is no split either is told. */
function ofTrainFolder(top: Top, train: string, tests: readonly string[], source: SplitSource): string[] {
  const { trainFolder, exclude, show, labelsFromFolders } = source;
  if (trainFolder !== undefined) return [];
  const others = [...top.folders.values()].filter(
    ({ name }) => name !== train && !tests.includes(name) && !exclude.includes(name),
  );
  const own = top.folders.get(train);
  if (own && labelsFromFolders && isFlat(own) && others.filter(isFlat).length > tests.length) {
    throw new TesseraError({
      code: 'E_DATA_SPLITS',
      message: `it is open whether '${train}' (${String(own.images)} images) in ${show('')} holds the training images or is a class like ${countedFolders(others)} beside it`,
      next: `Set data.options.splits=none where '${train}' is a class, or data.options.trainFolder=${train} to train on it alone.`,
    });
  }
  const [scored, ...unscored] = tests.flatMap((name) => top.folders.get(name) ?? []);
  if (train === 'train' && others.length + top.loose === 0) return [];
  return [
    `'${train}' is read as the training images${scored ? `, ${countedFolders([scored])} as the test images` : ''}` +
      unused([...unscored, ...others], top.loose) +
      ` (if that is right, set data.options.trainFolder=${train}; if '${train}' is a class, data.options.splits=none)`,
  ];
}

function isFlat({ images, loose }: TopFolder): boolean {
  return loose === images;
}

/** Without a folder of training images, test folders are left out; one that may be a class is told. */
function ofRoot(top: Top, tests: readonly string[], source: SplitSource): string[] {
  const { testFolder, exclude, splits, labelsFromFolders } = source;
  const classes = [...top.folders.keys()].filter((name) => !tests.includes(name));
  const unnamed =
    splits === 'auto' && labelsFromFolders
      ? unnamedSplits([...top.folders.values()].filter(({ name }) => !tests.includes(name) && !exclude.includes(name)))
      : [];
  const isTestSet = ({ name, folders }: TopFolder): boolean =>
    name === 'test' && (classes.length === 0 || classes.some((own) => folders.has(own)));
  const doubtful = tests
    .filter((name) => name !== testFolder && !exclude.includes(name))
    .flatMap((name) => top.folders.get(name) ?? [])
    .filter((folder) => !isTestSet(folder));
  const [first] = doubtful;
  if (!first) return unnamed;
  const { name } = first;
  return [
    ...unnamed,
    `${countedFolders(doubtful)} ${doubtful.length === 1 ? 'is' : 'are'} read as test images and never trained on` +
      ` (if '${name}' is a class, set data.options.splits=none${name === tests[0] ? `; if not, data.options.testFolder=${name}` : ''})`,
  ];
}

function ofTests(top: Top, tests: readonly string[], { testFolder }: SplitSource): string[] {
  const [scored, ...unscored] = tests.flatMap((name) => top.folders.get(name) ?? []);
  if (!scored || testFolder !== undefined || (scored.name === 'test' && unscored.length === 0)) return [];
  const which = `${countedFolders([scored])} is read as the test images${unused(unscored, 0)}`;
  return [`${which} (if that is right, set data.options.testFolder=${scored.name}, else to another)`];
}

/** `; 'raw' (3) and 2 images in no class folder are not used`, or nothing. */
function unused(folders: readonly TopFolder[], loose: number): string {
  const parts = [...(folders.length > 0 ? [countedFolders(folders)] : []), ...(loose > 0 ? [looseText(loose)] : [])];
  return parts.length === 0 ? '' : `; not used: ${parts.join(' and ')}`;
}

/** `3 images in no class folder`. */
export function looseText(count: number): string {
  return `${String(count)} ${count === 1 ? 'image' : 'images'} in no class folder`;
}

function trainsOnTest(folder: string): TesseraError {
  return new TesseraError({
    code: 'E_USAGE',
    message: `data.options.trainFolder is '${folder}', the folder of the test images; they are never trained on`,
    next: 'Name another folder in data.options.trainFolder or data.options.testFolder.',
  });
}

function missing(option: string, name: string, { show }: SplitSource): TesseraError {
  return new TesseraError({
    code: 'E_DATA_MISSING',
    message: `there are no images in ${show(name)}, which data.options.${option} names`,
    next: `Correct data.options.${option}: it is the name of a folder directly in ${show('')}.`,
  });
}
