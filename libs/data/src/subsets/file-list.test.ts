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
