import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { defineDataset, TesseraError, type Dataset } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../../files/missing-folder.ts';
import { stampOf, type FileStamp } from '../../files/file-stamp.ts';
import { NameTable } from '../../files/name-table.ts';
import { OpenFiles } from '../../files/open-files.ts';
import { showPath } from '../../files/show-path.ts';
import { cachedIndex } from '../../index-cache/cached-index.ts';
import { imagesWarning } from '../../splits/count-findings.ts';
import { splitOptions } from '../../splits/options.ts';
import { listImages } from './listing.ts';
import { packedBeside } from './shard-files.ts';
import { splitShards } from './split-shards.ts';
import { indexTars, type TarIndex } from './tar-index.ts';

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .default('.')
    .describe('a tar, a folder of tars, or a pattern such as shard-{000..146}.tar or train-*.tar; relative to --data'),
  test: z
    .string()
    .min(1)
    .optional()
    .describe(
      'the same for the test images; default: tars in a folder test (val ...), or called so, or such a folder in the tars',
    ),
  ...splitOptions,
  layout: z
    .enum(['auto', 'webdataset', 'folders', 'flat'])
    .default('auto')
    .describe(
      'labels from key.cls or key.json, from class folders, or (flat) none; auto: by whether there are any .cls or .json',
    ),
  labelKey: z.string().min(1).default('label').describe('key of the label in key.json'),
  image: z
    .string()
    .min(1)
    .optional()
    .describe('ending of the image where a sample has several, such as seg.png; default: the first with a plain one'),
  inside: z.string().default('').describe('folder in the tars to start at'),
  classes: z.array(z.string()).min(1).optional().describe('class names in label order; default: as found'),
});

type TarOptions = z.output<typeof options>;

const files = new OpenFiles();
const locator = z.tuple([z.string(), z.number(), z.number(), z.number(), z.number()]);

/**
 * Images in tars, read in place: the headers are indexed once, then every image is read by its position. WebDataset's naming
 * (`key.jpg`, `key.cls`, `key.json`) and class folders.
 */
export const tarDataset = defineDataset({
  name: 'tar',
  summary: 'Tar shards read in place: WebDataset naming, or class folders',
  options,
  readsFolder: true,
  splits: ['train', 'test'],
  takesClasses: true,
  open: (tarOptions, { root }) => openTars(root, tarOptions),
  // eslint-disable-next-line @typescript-eslint/require-await -- a wrong locator must reject, not throw
  read: async (raw) => {
    const [path, size, mtimeMs, offset, length] = locator.parse(raw);
    return { kind: 'encoded', bytes: files.read([path, size, mtimeMs], offset, length) };
  },
});

async function openTars(root: string, given: TarOptions): Promise<Dataset> {
  if (!existsSync(root)) throw missingFolder(root);
  const { shards, testOnly, wishes, findings } = await splitShards(root, given);
  const stamps = await Promise.all(shards.map(stampShard));
  const index = await cachedIndex<TarIndex>(['tar', 3, [...shards], given.labelKey], async () => ({
    index: await indexTars(stamps, given.labelKey),
    sources: stamps,
  }));
  const listing = listImages(index, { ...given, trainFolder: undefined, testFolder: undefined, ...wishes, testOnly });
  if (!listing) throw noTestSplit(root);
  const { places, labels, classes, wrapper, warnings } = listing;
  if (places.length === 0) throw noImages(root, given, NameTable.unpack(index.names));
  const names = NameTable.unpack(index.names);
  const placeOf = (image: number): number => places[image] ?? 0;
  return {
    size: places.length,
    ...(classes ? { classes } : {}),
    label: (image) => {
      const label = labels?.[image] ?? -1;
      return label < 0 ? undefined : label;
    },
    locate: (image) => {
      const place = placeOf(image);
      const stamp = stamps[index.shard[place] ?? 0];
      return [...(stamp ?? []), index.offset[place] ?? 0, index.length[place] ?? 0];
    },
    describe: (image) => {
      const place = placeOf(image);
      return showPath(`${shards[index.shard[place] ?? 0] ?? ''}: ${names.at(place)}`);
    },
    name: (image) => names.at(placeOf(image)),
    warnings: [
      ...index.warnings,
      ...(await packedBeside(root, given, shards)),
      ...imagesWarning([...findings, ...listing.findings]),
      ...warnings,
      ...(wrapper === undefined ? [] : [wrapped(given.inside, wrapper)]),
    ],
  };
}

async function stampShard(path: string): Promise<FileStamp> {
  const stamp = await stampOf(path);
  if (stamp) return stamp;
  throw new TesseraError({
    code: 'E_DATA_MISSING',
    message: `the tar '${path}' cannot be looked at`,
    next: 'Check that it is there and its permissions.',
  });
}

function wrapped(inside: string, folder: string): { readonly code: string; readonly message: string } {
  const path = inside === '' ? folder : `${inside}/${folder}`;
  return {
    code: 'W_TAR_ONE_CLASS',
    message: `all images are in folders of one folder, '${path}', and so of one class; if that folder holds the class folders, or train and test, set data.options.inside to '${path}'`,
  };
}

function noTestSplit(root: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_NO_SPLIT',
    message: `the tars in '${root}' have no test images`,
    next: 'Name the test tars in data.options.test, or hold images out with data.testFraction.',
  });
}

function noImages(root: string, { inside, image }: TarOptions, names: NameTable): TesseraError {
  const example = names.size > 0 ? ` Their images are named like '${showPath(names.at(0))}'.` : '';
  const wanted = [inside && `below '${inside}'`, image && `ending in .${image}`].filter(Boolean).join(', ');
  return new TesseraError({
    code: 'E_DATA_EMPTY',
    message: `there are no images${wanted === '' ? '' : ` ${wanted}`} in the tars of '${root}' (${basename(root)})`,
    next: `Check data.options.${example}`,
  });
}
