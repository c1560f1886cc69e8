import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Dataset, JsonObject } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { namesOf, openDataset } from '../../testdata/datasets.ts';
import { whileLocked } from '../../testdata/locked.ts';
import { contentOf, contentsOf, entriesOf, folderWith, tarOf, writeTar } from '../../testdata/tars.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { tarDataset } from './tar.ts';

describe('a tar that is not as it should be', () => {
  it('has no entry that leads out of it; links within it are the images they lead to', async () => {
    const root = await folderWith({
      'a.tar': [
        { name: 'a/1.jpg', content: 'one' },
        { name: '../../etc/evil.jpg', content: 'evil' },
        { name: '/a/absolute.jpg', content: 'absolute' },
        { name: 'a/hard.jpg', type: '1', link: 'a/1.jpg' },
        { name: 'b/soft.jpg', type: '2', link: '../a/1.jpg' },
        { name: 'b/out.jpg', type: '2', link: '../../etc/passwd' },
        { name: 'b/root.jpg', type: '2', link: '/etc/passwd' },
        { name: 'b/nowhere.jpg', type: '1', link: 'a/2.jpg' },
        { name: 'b/device.jpg', type: '3' },
      ],
    });
    const dataset = await openDataset(tarDataset, root);
    expect(namesOf(dataset)).toEqual(['a/1.jpg', 'a/absolute.jpg', 'a/hard.jpg', 'b/soft.jpg']);
    expect(await contentsOf(dataset)).toEqual(['one', 'absolute', 'one', 'one']);
    expect(dataset.warnings).toEqual([
      {
        code: 'W_TAR_LEFT_OUT',
        message: expect.stringMatching(/^4 entries .*'\.\.\/\.\.\/etc\/evil\.jpg'$/) as unknown,
      },
    ]);
  });

  it('gives its whole images and a warning where it is cut short', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg', '2.jpg', '3.jpg']) });
    await truncate(join(root, 'a.tar'), 5 * 512 + 2);
    const dataset = await openDataset(tarDataset, root);
    expect(namesOf(dataset)).toEqual(['1.jpg', '2.jpg']);
    expect(dataset.warnings?.[0]).toMatchObject({
      code: 'W_TAR_DAMAGED',
      message: expect.stringContaining('cut short') as unknown,
    });
  });

  it('is refused where it is no tar, compressed, empty or not there', async () => {
    const root = await temporaryFolder();
    const file = join(root, 'a.tar');
    const opened = (options: JsonObject = {}): Promise<Dataset> => openDataset(tarDataset, root, options);
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    await writeFile(file, gzipSync(tarOf(entriesOf(['1.jpg']))));
    await expect(opened()).rejects.toMatchObject({
      code: 'E_DATA_NOT_TAR',
      message: expect.stringContaining('compressed') as unknown,
    });
    await writeFile(file, 'this is no tar'.repeat(100));
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_NOT_TAR' });
    await writeFile(file, '');
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_NOT_TAR' });
    await writeFile(file, tarOf(entriesOf(['readme.txt'])));
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_EMPTY' });
    await expect(opened({ path: 'a-{0..3}.tar' })).rejects.toMatchObject({
      code: 'E_DATA_MISSING',
      message: expect.stringContaining('a-0.tar') as unknown,
    });
    await expect(opened({ path: 'a-{9..3}.tar' })).rejects.toMatchObject({ code: 'E_OPTION_INVALID' });
  });

  it('is named where it cannot be read', async ({ skip }) => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg']) });
    await chmod(root, 0o755);
    await whileLocked(skip, join(root, 'a.tar'), async () => {
      await expect(openDataset(tarDataset, root)).rejects.toMatchObject({
        code: 'E_DATA_UNREADABLE',
        message: expect.stringContaining('a.tar') as unknown,
      });
    });
  });

  it('is refused where it is a folder or a pipe', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg']) });
    await mkdir(join(root, 'b.tar'));
    await expect(openDataset(tarDataset, root)).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await expect(openDataset(tarDataset, root, { path: 'pipe' })).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
  });

  it('is noticed when it vanishes or changes between index and read', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg', '2.jpg']) });
    const dataset = await openDataset(tarDataset, root);
    await rename(join(root, 'a.tar'), join(root, 'gone'));
    await expect(contentOf(dataset, 0)).rejects.toThrow(/ENOENT/);
    await writeTar(join(root, 'a.tar'), entriesOf(['other.jpg', '2.jpg']));
    await utimes(join(root, 'a.tar'), 1, 1);
    await expect(contentOf(dataset, 0)).rejects.toMatchObject({ code: 'E_DATA_CHANGED' });
  });
});
