import { cp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { namesOf, openDataset } from '../../testdata/datasets.ts';
import { entriesOf, folderWith, writeTar } from '../../testdata/tars.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { tarDataset } from './tar.ts';

describe('the index of tars', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is kept outside the data folder and made anew when a tar changes or is added', async () => {
    const cache = await temporaryFolder();
    vi.stubEnv('TESSERA_CACHE', cache);
    const root = await folderWith({ '0.tar': entriesOf(['1.jpg']) });
    const settle = async (): Promise<void> => {
      for (const name of await readdir(root))
        await utimes(join(root, name), 1000, 1000 + (await stat(join(root, name))).size);
    };
    await settle();
    const first = await openDataset(tarDataset, root);
    expect(await readdir(join(cache, 'index'))).toHaveLength(1);
    expect(await readdir(root)).toEqual(['0.tar']);
    // The kept index is used: with the tar's headers spoilt behind its back, the listing is still there.
    const good = await readFile(join(root, '0.tar'));
    const copy = join(await temporaryFolder(), 'copy');
    await cp(join(root, '0.tar'), copy);
    await writeFile(join(root, '0.tar'), Buffer.alloc(good.length, 1));
    await settle();
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(namesOf(first));
    await rename(copy, join(root, '0.tar'));
    await writeTar(join(root, '1.tar'), entriesOf(['2.jpg']));
    await settle();
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(['1.jpg', '2.jpg']);
    await writeTar(join(root, '1.tar'), entriesOf(['3.jpg', '4.jpg']));
    await settle();
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(['1.jpg', '3.jpg', '4.jpg']);
    await rm(join(root, '1.tar'));
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(['1.jpg']);
  });
});
