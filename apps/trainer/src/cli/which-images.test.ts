import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { folderRecipe, temporaryFolder, writeRecipe } from '@tessera/run/testing';

/** A command line in this process. */
const tessera = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(args);

/** So many images in each folder; `.` is the root. */
async function images(counts: Readonly<Record<string, number>>): Promise<string> {
  const root = temporaryFolder();
  const pixels = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#808080' } })
    .png()
    .toBuffer();
  for (const [folder, count] of Object.entries(counts))
    for (let i = 0; i < count; i++) {
      const file = join(root, folder, `${String(i)}.png`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, pixels);
    }
  return root;
}

/** Trains one step. */
async function pretrain(data: string, ...set: readonly string[]): Promise<CliOutcome & { readonly out: string }> {
  const out = join(temporaryFolder(), 'run');
  const changes = ['trainer.maxSteps=1', ...set].flatMap((change) => ['--set', change]);
  return { out, ...(await tessera('pretrain', writeRecipe(folderRecipe), '--data', data, '--out', out, ...changes)) };
}

/** The warnings about which images are used. */
const told = ({ stdout, stderr }: CliOutcome): string[] =>
  `${stdout}\n${stderr}`.split('\n').filter((line) => line.endsWith('[W_DATA_IMAGES]'));

const imagesOf = (out: string): number => {
  const [first = ''] = readFileSync(join(out, 'metrics.jsonl'), 'utf8').split('\n');
  return (JSON.parse(first) as { images: number }).images;
};

describe('which images are used', () => {
  it('is told once, and alike by pretrain, preview, eval knn and bench pipeline', async () => {
    const data = await images({ '.': 5, 'train/a': 6, 'train/b': 6, 'train/.': 3, 'test/a': 2, 'test/b': 2, raw: 4 });
    const run = await pretrain(data, 'trainer.batchSize=4');
    expect(imagesOf(run.out)).toBe(12);
    const warnings = told(run);
    expect(warnings).toEqual([expect.stringMatching(/12 of the 28 images.*'raw' \(4\).*3 images in no class folder/)]);
    const recipe = writeRecipe(folderRecipe);
    const sheet = join(temporaryFolder(), 'sheet.png');
    expect(told(await tessera('preview', recipe, '--data', data, '--out', sheet, '--images', '1'))).toEqual(warnings);
    expect(told(await tessera('eval', 'knn', run.out))).toEqual(warnings);
    const bench = ['bench', 'pipeline', recipe, '--data', data, '--set', 'trainer.batchSize=4', '--steps', '1'];
    expect(told(await tessera(...bench, '--rounds', '1'))).toEqual(warnings);
  });

  it('is told once by a run that is measured without labels at its end', async () => {
    const run = await pretrain(await images({ '.': 5, sub: 6 }), 'trainer.batchSize=4');
    expect(run.stdout).toContain('retrieval of an image');
    expect(told(run)).toEqual([expect.stringMatching(/6 of the 11 images.*5 images in no class folder/)]);
  });

  it('counts a subset among the images that are told', async () => {
    const data = await images({ '.': 5, a: 10, b: 10 });
    const run = await pretrain(data, 'trainer.batchSize=4', 'data.testFraction=0.2', 'data.every=2');
    expect(imagesOf(run.out)).toBe(8);
    expect(told(run)).toEqual([expect.stringContaining('20 of the 25 images')]);
  });

  it('a run starts with what the folder is said to be, and says how where it may not', async () => {
    const data = await images({ bus: 8, car: 8, train: 8 });
    const refused = await pretrain(data);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/splits=none.*trainFolder=train/)]);
    const all = await pretrain(data, 'data.options.splits=none');
    expect([imagesOf(all.out), told(all)]).toEqual([24, []]);
    const around = await pretrain(await images({ 'ds/train/a': 8, 'ds/test/a': 8 }));
    expect([around.code, around.stderr]).toEqual([
      2,
      expect.stringMatching(/E_DATA_SPLITS[^]*--data .*ds\. .*splits=none/),
    ]);
  });

  it('val/ is scored in place, another folder where it is named', async () => {
    const data = await images({ 'train/a': 8, 'train/b': 8, 'val/a': 3, 'val/b': 2, 'queries/a': 4 });
    const { out } = await pretrain(data, 'data.options.trainFolder=train');
    const val = await tessera('eval', 'knn', out, '--json');
    expect(JSON.parse(val.stdout)).toMatchObject({ bank: 16, queries: 5 });
    expect(told(val)).toEqual([expect.stringContaining("'val' (5) is read as the test images")]);
    const named = await tessera('eval', 'knn', out, '--json', '--set', 'data.options.testFolder=queries');
    expect(JSON.parse(named.stdout)).toMatchObject({ bank: 16, queries: 4 });
    expect(told(named)).toEqual([]);
    const other = await tessera('eval', 'knn', out, '--set', 'seed=3');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('E_USAGE')]);
  });

  it('where there are no test images, eval knn names the folders beside and the option', async () => {
    const { out } = await pretrain(await images({ 'train/a': 8, 'train/b': 8, 'queries/a': 4 }));
    const { code, stderr } = await tessera('eval', 'knn', out);
    expect([code, stderr]).toEqual([2, expect.stringContaining('E_NO_TEST_IMAGES')]);
    expect(stderr).toMatch(/nor val.*'queries' \(4\)[^]*data\.options\.testFolder=NAME/);
  });
});
