import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, DatasetExtension } from '@tessera/core';
import { expect, it } from 'vitest';
import { imagesBelow } from '../image-files.ts';
import { classFolders, writeBroken } from '../../testdata/images.ts';
import { collect, open } from '../../testdata/loaders.ts';
import { openDataset } from '../../testdata/datasets.ts';
import { writeTar } from '../../testdata/tars.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { folderDataset } from '../folder/folder.ts';
import { manifestDataset } from '../manifest/manifest.ts';
import { tarDataset } from './tar.ts';

it.each([0, 2])(
  'a folder, tars made from it and a manifest of it give the same batches, with %d workers, past a broken image',
  async (workers) => {
    const folder = await classFolders(40);
    await writeBroken(join(folder, 'b', '030.png'));
    const names = await imagesBelow(folder);
    const entries = await Promise.all(
      // Not in sorted order, as a walk over a disk gives them.
      names.toReversed().map(async (name) => ({ name, content: await readFile(join(folder, name)) })),
    );
    const shards = await temporaryFolder();
    await writeTar(join(shards, '0.tar'), entries.slice(0, 17));
    await writeTar(join(shards, '1.tar'), entries.slice(17));
    await writeFile(
      join(folder, 'train.csv'),
      `path,label\n${names.map((name) => `${name},${name.split('/')[0] ?? ''}`).join('\n')}\n`,
    );
    const batches = async (extension: DatasetExtension, root: string): Promise<unknown> => {
      const dataset: Dataset = await openDataset(extension, root);
      const loader = await open({ dataset, reader: extension.name, workers });
      return collect(loader, 1);
    };
    const expected = await batches(folderDataset, folder);
    expect(expected).toHaveLength(5);
    expect(await batches(tarDataset, shards)).toEqual(expected);
    expect(await batches(manifestDataset, folder)).toEqual(expected);
  },
);
