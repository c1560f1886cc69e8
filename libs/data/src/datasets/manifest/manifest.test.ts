import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, JsonObject } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { labelsOf, namesOf, openDataset } from '../../testdata/datasets.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { parseCsv, type CsvRecord } from './csv.ts';
import { manifestDataset } from './manifest.ts';

async function* inPieces(text: string, length: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += length) yield await Promise.resolve(text.slice(at, at + length));
}

async function records(text: string, length = 3): Promise<CsvRecord[]> {
  const found: CsvRecord[] = [];
  for await (const record of parseCsv(inPieces(text, length), ',')) found.push(record);
  return found;
}

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

const open = (root: string, options: JsonObject = {}): Promise<Dataset> => openDataset(manifestDataset, root, options);

describe('parseCsv', () => {
  it.each([1, 2, 5, 1000])('reads quotes, line ends of any kind and empty cells, in pieces of %d', async (length) => {
    const text = 'a,b\r\n"x, ""y""\n",\r\n\n,2\r"",\nlast,"q"';
    expect(await records(text, length)).toEqual([
      { cells: ['a', 'b'], line: 1 },
      { cells: ['x, "y"\n', ''], line: 2 },
      { cells: ['', '2'], line: 5 },
      { cells: ['', ''], line: 6 },
      { cells: ['last', 'q'], line: 7 },
    ]);
  });

  it('takes a quote inside a cell as it is', async () => {
    expect(await records('5" disc,a"b"\n')).toEqual([{ cells: ['5" disc', 'a"b"'], line: 1 }]);
  });
});

describe('manifest', () => {
  it('reads CSV: paths from its folder, words as classes in sorted order', async () => {
    const root = await folder({
      'train.csv': '\ufefflabel,path\ndog,img/1.jpg\ncat,"img/深 い, 2.jpg"\n,img/3.jpg\ndog,/else/where.jpg\n',
      'img/1.jpg': 'one',
    });
    const dataset = await open(root);
    expect([dataset.classes, labelsOf(dataset)]).toEqual([
      ['cat', 'dog'],
      [1, 0, undefined, 1],
    ]);
    expect(namesOf(dataset)).toEqual(['img/1.jpg', 'img/深 い, 2.jpg', 'img/3.jpg', '/else/where.jpg']);
    expect([dataset.locate(1), dataset.locate(3)]).toEqual([join(root, 'img/深 い, 2.jpg'), '/else/where.jpg']);
    expect(await manifestDataset.read(dataset.locate(0))).toMatchObject({ bytes: Buffer.from('one') });
    await expect(manifestDataset.read(dataset.locate(1))).rejects.toThrow(/ENOENT/);
  });

  it('reads JSON lines, numbers as labels, and needs no labels', async () => {
    const root = await folder({
      'list.jsonl': '{"file": "1.jpg", "class": 2}\n\n{"file": "\u20282.jpg", "class": "0"}\r\n{"file": "3.jpg"}',
      'bare.jsonl': '{"path": "1.jpg", "label": null}',
    });
    const options = { path: 'list.jsonl', pathKey: 'file', labelKey: 'class', images: 'pictures' };
    const dataset = await open(root, options);
    expect([dataset.classes, labelsOf(dataset)]).toEqual([
      ['0', '1', '2'],
      [2, 0, undefined],
    ]);
    expect(dataset.locate(1)).toBe(join(root, 'pictures/\u20282.jpg'));
    const bare = await open(join(root, 'bare.jsonl'));
    expect([bare.classes, labelsOf(bare)]).toEqual([undefined, [undefined]]);
  });

  it('has a test split: a file beside it, one that is named, or a column', async () => {
    const root = await folder({
      'train.tsv': 'path\tlabel\n1.jpg\tb\n2.jpg\ta\n',
      'test.tsv': 'path\tlabel\n3.jpg\tb\n',
      'val.csv': 'path,label\n4.jpg,a\n',
      'all.csv': 'path,label,split\n5.jpg,a,train\n6.jpg,b,test\n7.jpg,a,val\n',
    });
    const train = await open(root);
    expect([train.classes, namesOf(train)]).toEqual([
      ['a', 'b'],
      ['1.jpg', '2.jpg'],
    ]);
    const test = await open(root, { split: 'test', classes: ['a', 'b'] });
    expect([labelsOf(test), namesOf(test)]).toEqual([[1], ['3.jpg']]);
    expect(namesOf(await open(root, { split: 'test', test: 'val.csv' }))).toEqual(['4.jpg']);
    await expect(open(root, { path: 'test.tsv' })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(open(root, { path: 'val.csv', test: 'val.csv' })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(open(root, { split: 'test', classes: ['a', 'c'] })).rejects.toMatchObject({ code: 'E_DATA_CLASSES' });
    const alone = await folder({ 'all.csv': 'path,label,split\n5.jpg,a,train\n6.jpg,b,test\n7.jpg,a,val\n' });
    expect(namesOf(await open(alone, { path: 'all.csv' }))).toEqual(['5.jpg']);
    expect(namesOf(await open(alone, { path: 'all.csv', split: 'test' }))).toEqual(['6.jpg']);
    const none = await folder({ 'train.csv': 'path\n5.jpg\n' });
    await expect(open(none, { split: 'test' })).rejects.toMatchObject({ code: 'E_DATA_NO_SPLIT' });
  });

  it.each([
    ['E_DATA_MANIFEST', /no column 'path'.*file, class/, 'train.csv', 'file,class\n1.jpg,a\n'],
    ['E_DATA_MANIFEST', /line 3 .* names no file/, 'train.csv', 'path,label\n1.jpg,a\n,b\n'],
    ['E_DATA_MANIFEST', /line 2 .* has 3 cells/, 'train.csv', 'path,label\na,b.jpg,c\n'],
    ['E_DATA_MANIFEST', /line 3 .* has 1 cells/, 'train.csv', 'path,label\n1.jpg,a\n2.jpg\n'],
    ['E_DATA_MANIFEST', /line 3 .* never closed/, 'train.csv', 'path,label\n1.jpg,a\n"2.jpg,b\n3.jpg,a\n4.jpg,b\n'],
    ['E_DATA_MANIFEST', /line 2 .* never closed/, 'train.csv', 'path\n"'],
    ['E_DATA_MANIFEST', /line 2 .* no JSON object/, 'train.jsonl', '{"path":"a.jpg"}\n{"path"\n'],
    ['E_DATA_MANIFEST', /line 1 .* label \[1\]/, 'train.jsonl', '{"path":"a.jpg","label":[1]}\n'],
    ['E_DATA_EMPTY', /lists no images/, 'train.csv', 'path,label\n'],
    ['E_DATA_EMPTY', /its rows are of val/, 'train.csv', 'path,split\n1.jpg,val\n'],
    ['E_DATA_MISSING', /no manifest/, 'other.txt', ''],
  ])('says %s: %s', async (code, message, name, text) => {
    await expect(open(await folder({ [name]: text }))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('takes columns, splits and classes for what they are but for capitals, spaces and Unicode forms', async () => {
    const root = await folder({
      'all.csv': 'Path, LABEL ,Split\r\n1.jpg,caf\u00e9,Train\r\n2.jpg,cafe\u0301 ,TRAIN\r\n3.jpg,b,Test\r\n',
      'all.jsonl': '{"Path": "1.jpg", "Label": "b", "SPLIT": "train"}',
    });
    const train = await open(root, { path: 'all.csv' });
    expect([namesOf(train), train.classes, labelsOf(train)]).toEqual([['1.jpg', '2.jpg'], ['caf\u00e9'], [0, 0]]);
    const test = await open(root, { path: 'all.csv', split: 'test', classes: ['b', 'cafe\u0301'] });
    expect([namesOf(test), labelsOf(test)]).toEqual([['3.jpg'], [0]]);
    expect(labelsOf(await open(root, { path: 'all.jsonl' }))).toEqual([0]);
    const both = await folder({ 'train.csv': 'path,label,Label\n1.jpg,a,b\n' });
    expect((await open(both)).classes).toEqual(['a']);
  });

  it('reads files whose names have another Unicode form on disk, or spaces around them in the table', async () => {
    const root = await folder({
      'train.csv': 'path,label\ncaf\u00e9/ros\u00e9.jpg , a\ncafe\u0301/2.jpg,a\ncaf\u00e9/3.jpg,a\n',
      'cafe\u0301/rose\u0301.jpg': 'one',
      'cafe\u0301/2.jpg': 'two',
    });
    const dataset = await open(root);
    for (const [i, content] of ['one', 'two'].entries())
      expect(await manifestDataset.read(dataset.locate(i))).toMatchObject({ bytes: Buffer.from(content) });
    await expect(manifestDataset.read(dataset.locate(2))).rejects.toThrow(/ENOENT.*caf\u00e9\/3\.jpg/);
    await writeFile(join(root, 'cafe\u0301', 'ros\u00e9.jpg'), 'other');
    await expect(manifestDataset.read(dataset.locate(0))).rejects.toThrow(/ENOENT/); // which one is meant?
  });

  it('tells which images are left out, listed twice, or of classes that look like one', async () => {
    const root = await folder({
      'train.csv': 'path,label,split\n1.jpg,cat,train\n2.jpg,Cat,train\n1.jpg,cat,\n4.jpg,a,val\n5.jpg,a,none\n',
    });
    expect((await open(root)).warnings).toEqual([
      { code: 'W_MANIFEST_LEFT_OUT', message: expect.stringMatching(/^2 images .*'val', 'none'/) as unknown },
      { code: 'W_MANIFEST_TWICE', message: expect.stringMatching(/^1 lines .*'1\.jpg'/) as unknown },
      { code: 'W_CLASSES_ALIKE', message: expect.stringMatching(/^1 pairs .*'Cat' and 'cat'/) as unknown },
    ]);
  });

  it('reads files only: no device that never ends, no pipe that waits', async () => {
    const root = await folder({ 'train.csv': 'path\n/dev/zero\npipe\n.\n' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const dataset = await open(root);
    for (let i = 0; i < dataset.size; i++)
      await expect(manifestDataset.read(dataset.locate(i))).rejects.toThrow(/is no file/);
  });

  it('says which file is not there', async () => {
    const root = await folder({ 'train.csv': 'path\n1.jpg\n' });
    await expect(open(root, { path: 'nowhere.csv' })).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    await expect(open(root, { split: 'test', test: 'nowhere.csv' })).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
  });
});
