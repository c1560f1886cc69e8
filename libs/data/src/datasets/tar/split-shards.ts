import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { TesseraError } from '@tessera/core';
import { nameSplits } from '../../splits/choose-splits.ts';
import type { SplitWishes } from '../../splits/options.ts';
import { preferredAmong, splitsAmong } from '../../splits/split-names.ts';
import { isHiddenName } from '../image-files.ts';
import { shardFiles, tarsIn } from './shard-files.ts';

export interface ShardWishes extends SplitWishes {
  readonly path: string;
  readonly test?: string | undefined;
  readonly split: 'train' | 'test';
}

/** The tars to look for a split in. */
export interface SplitShards {
  readonly shards: readonly string[];
  /** They hold the test split and nothing else. */
  readonly testOnly: boolean;
  /** What was said of splits and is not done yet: folders in the tars. */
  readonly wishes: SplitWishes;
  /** What was guessed or left out, for a person. */
  readonly findings: readonly string[];
}

/**
 * `path` for training; for the test split `test`, else tars in a folder of test images beside, else tars that are called so, else the same
 * tars, which may hold a folder of test images. Test shards are never trained on.
 * @throws TesseraError `E_USAGE` where `path` leads to test shards, `E_DATA_MISSING`, `E_DATA_EMPTY`, `E_DATA_SPLITS`
 */
export async function splitShards(root: string, given: ShardWishes): Promise<SplitShards> {
  const { path, test, split, splits } = given;
  const folder = resolve(root, path);
  const isRoot = splits === 'none' && given.trainFolder === undefined && given.testFolder === undefined;
  const inFolders = isRoot ? new Map<string, readonly string[]>() : await tarFolders(folder);
  const { train, tests, wishes } = onDisk(folder, inFolders, given);
  const rest = { wishes, findings: [] };
  if (split === 'test' && test !== undefined) return { ...rest, shards: await shardFiles(root, test), testOnly: true };
  const [scored] = tests;
  if (split === 'test' && scored !== undefined)
    return { ...rest, shards: inFolders.get(scored) ?? [], testOnly: true, findings: readAsTest(scored) };
  const inTrain = train === undefined ? undefined : inFolders.get(train);
  const shards = inTrain ?? (await shardFiles(root, path));
  if (split === 'train') await refuseTestShards(root, shards, given);
  if (!inTrain) return byName(shards, given, wishes);
  return { ...rest, shards, testOnly: false, findings: await besideTrain(folder, train ?? '', tests, inFolders) };
}

/** What folders on disk say of splits, and what is left to say of folders in the tars. */
function onDisk(
  folder: string,
  inFolders: ReadonlyMap<string, readonly string[]>,
  { splits, trainFolder, testFolder }: ShardWishes,
): { readonly train: string | undefined; readonly tests: readonly string[]; readonly wishes: SplitWishes } {
  const has = (name: string | undefined): boolean => name !== undefined && inFolders.has(name);
  const named = {
    ...(has(trainFolder) && { trainFolder }),
    ...(has(testFolder) && { testFolder }),
  };
  const show = (name: string): string => `'${join(folder, name)}'`;
  return {
    ...nameSplits(inFolders.keys(), { splits, show, ...named }),
    wishes: {
      splits,
      ...(trainFolder !== undefined && !has(trainFolder) && { trainFolder }),
      ...(testFolder !== undefined && !has(testFolder) && { testFolder }),
    },
  };
}

/** The folders of a folder that hold tars. */
async function tarFolders(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  if (!isFolder(folder)) return found;
  for (const name of (await readdir(folder)).sort()) {
    if (isHiddenName(name) || !isFolder(join(folder, name))) continue;
    const tars = await tarsIn(join(folder, name)).catch(() => []); // one that cannot be listed holds none to read
    if (tars.length > 0) found.set(name, tars);
  }
  return found;
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Tars of several splits beside each other are told apart by their names. */
function byName(shards: readonly string[], given: ShardWishes, wishes: SplitWishes): SplitShards {
  const all = { shards, testOnly: false, wishes, findings: [] };
  if (shards.length < 2 || given.splits === 'none' || given.test !== undefined) return all;
  const stem = (path: string): string => basename(path).replace(/\.tar$/i, '');
  const kinds = splitsAmong(shards.map(stem));
  const tests = shards.filter((path) => kinds.get(stem(path)) === 'test');
  if (tests.length === 0) return all;
  const preferred = new Set(preferredAmong(tests.map(stem)));
  if (given.split === 'test')
    return { ...all, shards: tests.filter((path) => preferred.has(stem(path))), testOnly: true };
  const trains = shards.filter((path) => kinds.get(stem(path)) === 'train');
  const used = trains.length > 0 ? trains : shards.filter((path) => !tests.includes(path));
  if (used.length === 0) throw onlyTests(tests);
  const others = shards.filter((path) => !used.includes(path) && !tests.includes(path));
  const left = others.length === 0 ? '' : `; not used: ${namesOf(others)}`;
  return {
    ...all,
    shards: used,
    findings: [
      `by their names, training images are read from ${namesOf(used)}, and test images lie in ${namesOf(tests)}${left} (to choose, set data.options.path and data.options.test; to take all, data.options.splits=none)`,
    ],
  };
}

function namesOf(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) => `'${basename(path)}'`);
  return shown.join(', ') + (paths.length > 3 ? ` and ${String(paths.length - 3)} more` : '');
}

function readAsTest(scored: string): string[] {
  return scored === 'test' ? [] : [`the tars in '${scored}' are read as the test images (others: data.options.test)`];
}

async function besideTrain(
  folder: string,
  train: string,
  tests: readonly string[],
  inFolders: ReadonlyMap<string, readonly string[]>,
): Promise<string[]> {
  const others = [...inFolders]
    .filter(([name]) => name !== train && !tests.includes(name))
    .map(([name]) => `'${name}'`);
  const own = await tarsIn(folder);
  const left = [
    ...(others.length > 0 ? [`the tars in ${others.join(', ')}`] : []),
    ...(own.length > 0 ? [namesOf(own)] : []),
  ];
  if (train === 'train' && left.length === 0) return [];
  const beside = left.length === 0 ? '' : `; not used: ${left.join(' and ')}`;
  return [`the tars in '${train}' are read as the training images${beside} (to choose, set data.options.path)`];
}

/** `path` may choose shards, but not those that are tested on. */
async function refuseTestShards(root: string, shards: readonly string[], given: ShardWishes): Promise<void> {
  const tested: string[] = [];
  if (given.test !== undefined) tested.push(...(await shardFiles(root, given.test).catch(() => [])));
  else if (given.splits === 'auto') {
    const beside = await tarFolders(root);
    for (const name of onDisk(root, beside, given).tests) tested.push(...(beside.get(name) ?? []));
  }
  const shared = shards.find((shard) => tested.includes(shard));
  if (shared === undefined) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `data.options.path leads to '${shared}', which holds test images; they are never trained on`,
    next: 'Let data.options.path and data.options.test name different tars.',
  });
}

function onlyTests(tests: readonly string[]): TesseraError {
  return new TesseraError({
    code: 'E_DATA_EMPTY',
    message: `by their names, all tars hold test images, which are never trained on: ${namesOf(tests)}`,
    next: 'Name the training tars in data.options.path, or set data.options.splits=none to train on these.',
  });
}
