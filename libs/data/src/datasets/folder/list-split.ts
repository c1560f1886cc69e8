import { join } from 'node:path';
import { NameTable } from '../../files/name-table.ts';
import { chooseSplits, nameSplits, type Splits } from '../../splits/choose-splits.ts';
import { classFindings } from '../../splits/class-folders.ts';
import { countFindings } from '../../splits/count-findings.ts';
import { refuseNestedSplits } from '../../splits/nested-splits.ts';
import { splitsAmong } from '../../splits/split-names.ts';
import { topOf, type Top } from '../../splits/top-folders.ts';
import { chosenFolder, isWholeFolder } from './chosen-folder.ts';
import { emptyFolder, linkedToTest, noTestFolder, unreadableFolder } from './errors.ts';
import { indexFolders, type FolderIndex } from './folder-index.ts';
import type { FolderOptions } from './folder-options.ts';

/** The images of a split of a folder. */
export interface ListedSplit {
  /** Where names start. */
  readonly folder: string;
  readonly names: NameTable;
  /** Class folders in order, each with the number of its images, which follow each other; none where there are no labels. */
  readonly groups: readonly { readonly name: string; readonly images: number }[];
  /** What is left out or guessed, for a person. */
  readonly findings: readonly string[];
}

/** @throws TesseraError `E_DATA_EMPTY`, `E_DATA_SPLITS`, `E_DATA_NO_SPLIT`, `E_DATA_MISSING`, `E_DATA_UNREADABLE`, `E_USAGE` */
export async function listSplit(root: string, given: FolderOptions): Promise<ListedSplit> {
  if (!isWholeFolder(given.path)) return listChosen(root, given);
  const { split, layout, exclude } = given;
  const index = await indexFolders(root, exclude, given);
  const all = NameTable.unpack(index.names);
  const top = topOf(all);
  const show = (folder: string): string => `'${join(root, folder)}'`;
  const source = { ...given, labelsFromFolders: layout !== 'flat', show };
  refuseUnusable(root, index, top, given, nameSplits([...top.folders.keys(), ...unusable(index)], source));
  const splits = chooseSplits(top, source);
  const folder = folderOf(root, index, splits, top, given);
  const isUsed = (own: string): boolean => (folder === '' ? !splits.leftOut.has(own) : own === folder);
  const broken = index.unreadable.find((own) => isUsed(own.folder));
  if (broken) throw unreadableFolder(broken.reason);
  const link = index.linked.find((own) => isUsed(own.folder) && splits.leftOut.has(own.test));
  if (split === 'train' && link) throw linkedToTest(join(root, link.folder), join(root, link.test));
  const skip = folder === '' ? 0 : folder.length + 1;
  const names = [...all].filter((name) => isUsed(topNameOf(name))).map((name) => name.slice(skip));
  const listed = classesOf(join(root, folder), names, given);
  if (listed.names.size === 0) throw emptyFolder(join(root, folder), index, [...splits.leftOut], exclude);
  if (split === 'train' && given.splits === 'auto' && given.trainFolder === undefined) {
    refuseNestedSplits(names, {
      within: splits.train === undefined ? 'root' : 'train',
      show: (own) => `'${join(root, folder, own)}'`,
      advice: (own) => `Give one data set: --data ${join(root, folder, own)}.`,
    });
  }
  const startAt = (own: string): string =>
    folder === '' ? `give it: --data ${join(root, own)}` : `set data.options.path=${own}`;
  const findings = [
    ...splits.findings[split],
    ...classFindings(topOf(names), layout, split === 'train' ? startAt : undefined),
    ...unreadFindings(index, isUsed),
  ];
  return {
    ...listed,
    findings: countFindings(findings, { split, used: listed.names.size, all: all.size, where: show('') }),
  };
}

/** What `path` chooses below a split. */
async function listChosen(root: string, given: FolderOptions): Promise<ListedSplit> {
  const folder = await chosenFolder(root, given);
  const index = await indexFolders(folder, given.exclude, { splits: 'none' });
  const [broken] = index.unreadable;
  if (broken) throw unreadableFolder(broken.reason);
  const all = [...NameTable.unpack(index.names)];
  const listed = classesOf(folder, all, given);
  if (listed.names.size === 0) throw emptyFolder(folder, index, [], given.exclude);
  if (given.split === 'train' && given.splits === 'auto') {
    refuseNestedSplits(all, {
      within: 'chosen',
      show: (own) => `'${join(folder, own)}'`,
      advice: (own) => `Give one data set: --data ${join(folder, own)}, without data.options.path.`,
    });
  }
  const startAt = (own: string): string => `set data.options.path=${join(given.path, own)}`;
  const findings = [
    ...classFindings(topOf(all), given.layout, given.split === 'train' ? startAt : undefined),
    ...unreadFindings(index, () => true),
  ];
  return {
    ...listed,
    findings: countFindings(findings, {
      split: given.split,
      used: listed.names.size,
      all: all.length,
      where: `'${folder}'`,
    }),
  };
}

function topNameOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf('/')));
}

function unusable({ empty, unreadable }: FolderIndex): readonly string[] {
  return [...empty, ...unreadable.map(({ folder }) => folder)];
}

/** A folder that is meant for the split by its name, but has no images to give, is no reason to take others. */
function refuseUnusable(
  root: string,
  index: FolderIndex,
  top: Top,
  { split, exclude }: FolderOptions,
  { train, tests }: ReturnType<typeof nameSplits>,
): void {
  const meant = split === 'train' ? train : tests.find((name) => !index.empty.includes(name));
  const broken = index.unreadable.find(({ folder }) => folder === meant);
  if (broken) throw unreadableFolder(broken.reason);
  if (split === 'train' && meant !== undefined && index.empty.includes(meant))
    throw emptyFolder(join(root, meant), index, [], exclude, top);
}

/** The folder of a split, empty for the root. */
function folderOf(
  root: string,
  index: FolderIndex,
  { train, test }: Splits,
  top: Top,
  { split, splits }: FolderOptions,
): string {
  if (split === 'train') return train ?? '';
  if (test !== undefined) return test;
  const tests = [...splitsAmong(splits === 'none' ? [] : index.empty)].flatMap(([name, kind]) =>
    kind === 'test' ? [name] : [],
  );
  if (tests[0] !== undefined) throw emptyFolder(join(root, tests[0]), index, [], []);
  throw noTestFolder(root, splits, train, top);
}

/** Names in walk order, relative to `folder`: its own images first, then folder by folder. */
function classesOf(
  folder: string,
  names: readonly string[],
  { layout }: Pick<FolderOptions, 'layout'>,
): Omit<ListedSplit, 'findings'> {
  if (layout === 'flat') return { folder, names: NameTable.of(names), groups: [] };
  const groups = [...topOf(names).folders.values()];
  const used = groups.length > 0 ? names.filter((name) => name.includes('/')) : names;
  return { folder, names: NameTable.of(used), groups };
}

function unreadFindings({ unread }: FolderIndex, isUsed: (folder: string) => boolean): string[] {
  const counts = new Map<string, number>();
  for (const { folder, ending, count } of unread)
    if (isUsed(folder)) counts.set(ending, (counts.get(ending) ?? 0) + count);
  if (counts.size === 0) return [];
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const endings = [...counts].map(([ending, count]) => `.${ending} (${String(count)})`).join(', ');
  return [
    `${String(total)} ${total === 1 ? 'file is' : 'files are'} left out whose format is not read: ${endings} (convert them, to PNG say, to use them)`,
  ];
}
