import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, JsonObject } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { labelsOf, namesOf, openDataset } from '../../testdata/datasets.ts';
import { contentsOf, entriesOf, folderWith, tarOf, type Entry } from '../../testdata/tars.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { tarDataset } from './tar.ts';

const keys = ['0', '1', '2', '3', '4', '5', '6', '7'];
const image = (key: string): Entry => ({ name: `${key}.png`, content: `image ${key}` });
const label = (key: string, ending = 'cls'): Entry => ({
  name: `${key}.${ending}`,
  content: ending.toLowerCase() === 'cls' ? `${key.slice(-1)}\r\n` : `{"label": ${key.slice(-1)}}`,
});
const images = keys.map(image);
const labels = keys.map((key) => label(key));
/** As a disk may list them. */
const shuffled = [3, 12, 0, 9, 15, 4, 7, 10, 1, 6, 13, 2, 11, 8, 14, 5].map((i) => [...images, ...labels][i] as Entry);

async function opened(tars: Readonly<Record<string, readonly Entry[]>>, options: JsonObject = {}): Promise<Dataset> {
  return openDataset(tarDataset, await folderWith(tars), options);
}

/** Each image and its label, by image. */
async function pairs(dataset: Dataset): Promise<[string, number | undefined][]> {
  const contents = await contentsOf(dataset);
  return labelsOf(dataset)
    .map((own, i): [string, number | undefined] => [contents[i] ?? '', own])
    .sort();
}
const all = keys.map((key): [string, number] => [`image ${key}`, Number(key)]);
const codesOf = ({ warnings = [] }: Dataset): string[] => warnings.map(({ code }) => code);

describe('labels are those of their images', () => {
  const orders: Readonly<Record<string, Readonly<Record<string, readonly Entry[]>>>> = {
    'images, then labels (tar -cf x.tar *.png *.cls)': { 'a.tar': [...images, ...labels] },
    'labels, then images': { 'a.tar': [...labels, ...images] },
    'in the order of a disk': { 'a.tar': shuffled },
    'the other way round': { 'a.tar': [...images, ...labels.toReversed()] },
    'with ./ before some': {
      'a.tar': [...images, ...labels.map((entry) => ({ ...entry, name: `./${entry.name}` }))],
    },
    'endings in capitals': { 'a.tar': [...images, ...keys.map((key) => label(key, 'CLS'))] },
    'json in capitals, in between': { 'a.tar': keys.flatMap((key) => [image(key), label(key, 'Json')]) },
    'the labels in a tar of their own': { 'images.tar': images, 'labels.tar': labels },
    'a sample that two shards share': {
      'a.tar': [...images.slice(0, 4), ...labels.slice(0, 3)],
      'b.tar': [...labels.slice(3), ...images.slice(4)],
    },
    'label files that are hard links of each other': {
      'a.tar': [
        ...images,
        ...labels.slice(0, 7),
        { name: 'y.cls', content: '7' },
        { name: '7.cls', type: '1', link: 'y.cls' },
        { name: 'y.png', type: '1', link: '7.png' },
      ],
    },
  };
  it.each(Object.entries(orders))('%s', async (name, tars) => {
    const dataset = await opened(tars);
    const expected = name.includes('hard links') ? [...all, ['image 7', 7]] : all;
    expect(await pairs(dataset)).toEqual(expected);
    expect(codesOf(dataset)).toEqual([]);
  });

  it('long names in pax headers and folders, apart', async () => {
    const long = keys.map((key) => `${'folder/'.repeat(20)}${key}`);
    const dataset = await opened({ 'a.tar': [...long.map(image), ...long.toReversed().map((key) => label(key))] });
    expect(labelsOf(dataset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('a composed and a decomposed letter are one name, and one class', async () => {
    const dataset = await opened({
      'a.tar': [
        { name: 'caf\u00e9.png', content: 'one' },
        { name: 'ole\u0301.png', content: 'two' },
        { name: 'cafe\u0301.cls', content: 'ros\u00e9' },
        { name: 'ol\u00e9.cls', content: '\ufeffrose\u0301\r\n' },
      ],
    });
    expect([dataset.classes, labelsOf(dataset), codesOf(dataset)]).toEqual([['ros\u00e9'], [0, 0], []]);
  });

  it('a link has its own label, else that of the image it leads to', async () => {
    const dataset = await opened({
      'a.tar': [
        { name: '0.png', content: 'zero' },
        { name: '0.cls', content: '0' },
        { name: '1.png', type: '1', link: '0.png' },
        { name: '1.cls', content: '1' },
        { name: '2.png', type: '1', link: '0.png' },
      ],
    });
    expect([namesOf(dataset), labelsOf(dataset)]).toEqual([
      ['0.png', '1.png', '2.png'],
      [0, 1, 0],
    ]);
  });

  it('images of a sample that come apart are still one sample', async () => {
    const masks = keys.map((key) => ({ name: `${key}.seg.png`, content: `mask ${key}` }));
    const previews = keys.map((key) => ({ name: `${key}.jpg`, content: 'preview' }));
    const tars = { 'a.tar': [...images, ...masks, ...previews, ...labels] };
    expect(await pairs(await opened(tars))).toEqual(all);
    expect((await pairs(await opened(tars, { image: 'SEG.png' })))[3]).toEqual(['mask 3', 3]);
  });
});

describe('tars one after the other in a file', () => {
  it('are all read, with a warning; keys mean something within each', async () => {
    const root = await temporaryFolder();
    const file = join(root, 'a.tar');
    const part = (shift: number): Buffer =>
      tarOf([
        { name: '0.png', content: `zero ${String(shift)}` },
        { name: '1.png', content: `one ${String(shift)}` },
        { name: '1.cls', content: String(shift + 1) },
        { name: '0.cls', content: String(shift) },
      ]);
    await writeFile(file, Buffer.concat([part(0), Buffer.alloc(8192), part(2), tarOf([image('7'), label('7')])]));
    const dataset = await openDataset(tarDataset, root);
    expect(await pairs(dataset)).toEqual([
      ['image 7', 7],
      ['one 0', 1],
      ['one 2', 3],
      ['zero 0', 0],
      ['zero 2', 2],
    ]);
    expect(dataset.warnings).toEqual([
      { code: 'W_TAR_JOINED', message: expect.stringMatching(/holds 3 tars.*10 entries/) as unknown },
      { code: 'W_TAR_NAMED_AGAIN', message: expect.stringMatching(/^2 images .*'0.png'/) as unknown },
    ]);
  });

  it('join images to labels of another, class folders to class folders', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'a.tar'), Buffer.concat([tarOf(images), tarOf(labels)]));
    expect(await pairs(await openDataset(tarDataset, root))).toEqual(all);
    await writeFile(
      join(root, 'a.tar'),
      Buffer.concat([tarOf(entriesOf(['a/1.jpg', 'b/1.jpg'])), tarOf(entriesOf(['a/2.jpg', 'c/1.jpg']))]),
    );
    const folders = await openDataset(tarDataset, root);
    expect([folders.classes, namesOf(folders)]).toEqual([
      ['a', 'b', 'c'],
      ['a/1.jpg', 'a/2.jpg', 'b/1.jpg', 'c/1.jpg'],
    ]);
  });

  it('say what follows an end mark and is no tar; zeros say nothing', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg']) });
    await appendFile(join(root, 'a.tar'), Buffer.alloc(9000));
    expect((await openDataset(tarDataset, root)).warnings).toEqual([]);
    await appendFile(join(root, 'a.tar'), 'signed by me');
    expect((await openDataset(tarDataset, root)).warnings).toEqual([
      { code: 'W_TAR_DAMAGED', message: expect.stringMatching(/after its end mark .*left out \(1 entries/) as unknown },
    ]);
  });

  it('are cut short where the last of them is', async () => {
    const root = await temporaryFolder();
    await writeFile(
      join(root, 'a.tar'),
      Buffer.concat([tarOf(images), tarOf([image('8'), { name: '9.png', content: 'x'.repeat(700) }])]).subarray(
        0,
        -2000,
      ),
    );
    const dataset = await openDataset(tarDataset, root);
    expect([dataset.size, codesOf(dataset)]).toEqual([9, ['W_TAR_DAMAGED', 'W_TAR_JOINED']]);
  });
});

describe('labels that are lost are told', () => {
  const only = async (dataset: Promise<Dataset>): Promise<string> => {
    const { warnings = [] } = await dataset;
    expect(warnings).toHaveLength(1);
    return `${warnings[0]?.code ?? ''}: ${warnings[0]?.message ?? ''}`;
  };

  it('where only some images have one', async () => {
    expect(await only(opened({ 'a.tar': [...images, ...labels.slice(2)] }))).toMatch(
      /^W_TAR_LABELS: 2 of 8 images .* no label, the first '0\.png'; .*data\.options\.layout=folders/,
    );
  });

  it('where label files belong to nothing', async () => {
    const tars = { 'a.tar': [...images, ...labels, label('x8'), label('x9')] };
    expect(await only(opened(tars))).toMatch(/2 label files \(the first 'x8\.cls'\) belong to no image/);
    const [first, ...rest] = labels;
    expect(await only(opened({ 'a.tar': [...images, ...rest, { ...first, name: 'O.cls' }] }))).toMatch(
      /1 of 8 .*'0\.png': 1 label files \(the first 'O\.cls'\)/,
    );
  });

  it('where they have other keys or hold nothing', async () => {
    const files = keys.flatMap((key) => [image(key), { name: `${key}.json`, content: '{"class": 3}' }]);
    expect(await only(opened({ 'a.tar': files }))).toMatch(
      /8 label files \(the first '0\.json'\) hold no label.*labelKey/,
    );
  });

  it('and are an error where all are named past the first dot', async () => {
    const dotted = keys.map((key) => ({ name: `v1.5_${key}.cls`, content: key }));
    const own = keys.map((key) => image(`v1.5_${key}`));
    await expect(opened({ 'a.tar': [...own, ...dotted] })).rejects.toMatchObject({
      code: 'E_DATA_LABELS',
      message: expect.stringMatching(/none of the images .*8 label files .*several dots/) as unknown,
    });
    expect((await opened({ 'a.tar': [...own, ...dotted] }, { layout: 'folders' })).size).toBe(8);
    const inFolders = keys.map((key) => image(`c${key}/v1.5_${key}`));
    expect((await opened({ 'a.tar': [...inFolders, ...dotted] })).classes).toHaveLength(8);
  });

  it('images that are all passed over are not said to be missing', async () => {
    const inFolders = keys.map((key) => image(`c${key}/v1.5_${key}`));
    await expect(opened({ 'a.tar': [...inFolders, label('c0/x')] })).rejects.toMatchObject({
      code: 'E_DATA_EMPTY',
      message: expect.stringMatching(/no images are left: 8 images .*several dots/) as unknown,
      next: expect.stringContaining('data.options.layout=folders') as unknown,
    });
  });

  it('where a name comes several times and its label apart from it', async () => {
    const [zero, one] = [image('0'), image('1')];
    const tars = { 'a.tar': [zero, zero, one, label('0'), label('1'), label('0')] };
    const dataset = await opened(tars);
    expect(labelsOf(dataset)).toEqual([undefined, undefined, 1]);
    expect(codesOf(dataset)).toEqual(['W_TAR_NAMED_AGAIN', 'W_TAR_LABELS']);
    expect(dataset.warnings?.[1]?.message).toMatch(/2 of 3 images .*could belong to several images of one name/);
    // The same again, in the same order: each pass is whole.
    const twice = await opened({ 'a.tar': [zero, one, label('0'), label('1'), zero, one, label('0'), label('1')] });
    expect(labelsOf(twice)).toEqual([0, 1, 0, 1]);
  });

  it.each([
    [
      'labels in another folder',
      [...keys.map((key) => image(`images/${key}`)), ...keys.map((key) => label(`labels/${key}`))],
    ],
    [
      'one json that is about something else',
      [...entriesOf(['a/1.jpg', 'b/2.jpg']), { name: 'about.json', content: '{"label": "x"}' }],
    ],
  ])('and are an error where all are: %s', async (_, entries) => {
    await expect(opened({ 'a.tar': entries })).rejects.toMatchObject({
      code: 'E_DATA_LABELS',
      message: expect.stringMatching(/none of the \d images .*belong to no image/) as unknown,
      next: expect.stringContaining('data.options.layout=folders') as unknown,
    });
    expect((await opened({ 'a.tar': entries }, { layout: 'folders' })).classes?.length).toBeGreaterThan(0);
  });
});

describe('images that are left out are told', () => {
  it('samples without a plain image, images beside class folders, sparse files', async () => {
    const dotted = await opened({ 'a.tar': [image('0'), label('0'), image('v1.5_cat'), label('v1')] });
    expect(dotted.warnings).toMatchObject([
      { code: 'W_TAR_PASSED_OVER', message: expect.stringMatching(/^1 images .*'v1\.5_cat\.png'/) as unknown },
    ]);
    const loose = await opened({ 'a.tar': entriesOf(['a/1.jpg', 'b/1.jpg', 'c.jpg', 'd.jpg']) });
    expect(loose.warnings).toMatchObject([
      {
        code: 'W_DATA_IMAGES',
        message: expect.stringMatching(/^2 of the 4 images in the tars .*: 2 images in no .*'c\.jpg'/) as unknown,
      },
    ]);
    const sparse = await opened({ 'a.tar': [...entriesOf(['1.jpg']), { name: '2.jpg', type: 'S' }] });
    expect(sparse.warnings).toMatchObject([
      { code: 'W_TAR_LEFT_OUT', message: expect.stringMatching(/^1 entries .*'2\.jpg \(sparse\)'/) as unknown },
    ]);
  });

  it('nothing is left out for the Unicode form of a tar: named, or by a pattern', async () => {
    const root = await folderWith({ 'cafe\u0301-0.tar': images, 'caf\u00e9-1.tar': labels });
    for (const path of ['caf\u00e9-{0..1}.tar', 'cafe\u0301-*.tar', 'caf\u00e9-?.tar'])
      expect(await pairs(await openDataset(tarDataset, root, { path }))).toEqual(all);
  });

  it('compressed tars beside the others, but not a packed copy; tars in capitals are tars', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg']), 'B.TAR': entriesOf(['2.jpg']) });
    await writeFile(join(root, 'a.tar.gz'), await readFile(join(root, 'a.tar')));
    const dataset = await openDataset(tarDataset, root);
    expect([namesOf(dataset), dataset.warnings]).toEqual([['1.jpg', '2.jpg'], []]);
    await writeFile(join(root, 'c.tgz'), '');
    const { warnings } = await openDataset(tarDataset, root);
    expect(warnings).toMatchObject([
      { code: 'W_TAR_PACKED', message: expect.stringMatching(/^1 compressed .*c\.tgz/) as unknown },
    ]);
    const splits = await folderWith({ 'train-0.tar': entriesOf(['1.jpg']), 'val-0.tar': entriesOf(['2.jpg']) });
    await writeFile(join(splits, 'val-0.tar.gz'), ''); // a copy of one that is left to the test images
    const training = await openDataset(tarDataset, splits);
    expect(training.warnings?.map(({ code }) => code)).toEqual(['W_DATA_IMAGES']);
    const packed = await temporaryFolder();
    await writeFile(join(packed, 'c.tgz'), '');
    await expect(openDataset(tarDataset, packed)).rejects.toMatchObject({
      code: 'E_DATA_MISSING',
      next: expect.stringMatching(/c\.tgz.*unpack/) as unknown,
    });
  });
});
