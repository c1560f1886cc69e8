import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testdata/temporary-folder.ts';
import { fileListSubset } from './file-list.ts';

const names = ['cat/1.jpg', 'cat/2.jpg', 'dog/1.jpg', 'dog/深 い.jpg', 'dog/n1_7.JPEG', 'top.jpg'];

function named(...all: readonly string[]): Dataset {
  return { size: all.length, label: () => 0, locate: () => null, describe: String, name: (i) => all[i] ?? '' };
}

async function list(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'list.txt');
  await writeFile(file, text);
  return file;
}

describe('fileListSubset', () => {
  it('finds images by whole name or by its last part', async () => {
    const file = await list('\ufeffn1_7.JPEG\r\n\ncat/1.jpg\n./dog/1.jpg\n深 い.jpg\ntop.jpg\ncat/1.jpg\n');
    expect(await fileListSubset(named(...names), file)).toEqual(Int32Array.of(0, 2, 3, 4, 5));
  });

  it('chooses among some positions', async () => {
    const file = await list('cat/1.jpg\ncat/2.jpg\n');
    expect(await fileListSubset(named(...names), file, Int32Array.of(1, 2))).toEqual(Int32Array.of(1));
  });

  it('finds names in another Unicode form, with spaces after them, with any line ends, in UTF-16', async () => {
    const set = named('caf\u00e9/1.jpg', 'rose\u0301/2.jpg', 'a/3.jpg', 'a/4.jpg ', 'a/4.jpg');
    const text = 'cafe\u0301/1.jpg\r\nros\u00e9/2.jpg\ra/3.jpg \t\r\na/4.jpg \n';
    const expected = Int32Array.of(0, 1, 2, 3);
    expect(await fileListSubset(set, await list(text))).toEqual(expected);
    const wide = await list('');
    await writeFile(wide, Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect(await fileListSubset(set, wide)).toEqual(expected);
    const both = named('a/\u00e9.jpg', 'a/e\u0301.jpg');
    expect(await fileListSubset(both, await list('a/e\u0301.jpg\n'))).toEqual(Int32Array.of(1));
    await expect(fileListSubset(both, await list('a/e\u0301.jpg \n'))).rejects.toMatchObject({
      code: 'E_DATA_LIST_AMBIGUOUS',
    });
  });

  it('takes every image of a whole name', async () => {
    expect(await fileListSubset(named('1.jpg', '2.jpg', '1.jpg'), await list('1.jpg\n'))).toEqual(Int32Array.of(0, 2));
  });

  it.each([
    ['Cat/1.JPG', /first 'Cat\/1\.JPG'; there is 'cat\/1\.jpg', which differs in capitals/],
    ['cat\\1.jpg', /there is 'cat\/1\.jpg', which differs in capitals or slashes/],
  ])('says what is almost %s', async (name, message) => {
    await expect(fileListSubset(named(...names), await list(name))).rejects.toMatchObject({
      code: 'E_DATA_LIST_UNKNOWN',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('says what does not fit', async () => {
    await expect(fileListSubset(named(...names), await list('cat/1.jpg\ncat/9.jpg\nx.jpg'))).rejects.toMatchObject({
      code: 'E_DATA_LIST_UNKNOWN',
      message: expect.stringMatching(/^2 names .*'cat\/9.jpg'$/) as unknown,
    });
    await expect(fileListSubset(named(...names), await list('1.jpg'))).rejects.toMatchObject({
      code: 'E_DATA_LIST_AMBIGUOUS',
    });
    await expect(fileListSubset(named(...names), await list('\n \n'))).rejects.toMatchObject({
      code: 'E_DATA_LIST_EMPTY',
    });
    await expect(fileListSubset(named(...names), '/nowhere/list.txt')).rejects.toMatchObject({
      code: 'E_DATA_LIST_MISSING',
    });
    const nameless: Dataset = { size: 1, label: () => 0, locate: () => null, describe: String };
    await expect(fileListSubset(nameless, await list('a'))).rejects.toMatchObject({
      code: 'E_DATA_NO_NAMES',
    });
  });
});
