import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { folderRecipe, temporaryFolder, tinySimclr, writeImages, writeRecipe } from '@tessera/run/testing';

/** A command line in this process. */
const tessera = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(args);

describe('commands', () => {
  it('describes options with type, range and default', async () => {
    const { stdout, code } = await tessera('describe', 'objective:nt-xent');
    expect(code).toBe(0);
    expect(stdout).toMatch(/temperature\s+number > 0\s+required/);
  });

  it('describes as JSON, and lists plugins as JSON', async () => {
    expect(JSON.parse((await tessera('describe', 'resnet', '--json')).stdout)).toMatchObject({
      kind: 'encoder',
      name: 'resnet',
    });
    const { extensions } = JSON.parse((await tessera('plugins', '--json')).stdout) as {
      extensions: { name: string }[];
    };
    expect(extensions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['simclr', 'swav', 'folder', 'shapes', 'knn']),
    );
  });

  it('takes several values after one --set, the recipe after them, and tells once what a new name dropped', async () => {
    const recipe = writeRecipe({ ...tinySimclr, optimizer: { name: 'lars', options: { trustCoefficient: 0.002 } } });
    const { stdout, code } = await tessera(
      'check',
      '--set',
      'optimizer=sgd',
      'trainer.epochs=3',
      recipe,
      '--engine',
      'cpu',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/optimizer:\n {2}name: sgd\n/);
    expect(stdout).toMatch(/ {2}epochs: 3\n/);
    expect(stdout.match(/W_OPTIONS_DROPPED/g)).toHaveLength(1);
    expect(stdout).toMatch(/^warning: --set optimizer=sgd .*dropped: trustCoefficient=0\.002 /m);
  });

  it('checks a recipe: images, steps, the highest rate, warnings with a link, nothing by number', async () => {
    const data = temporaryFolder();
    await writeImages(join(data, 'train'), 70);
    await writeImages(join(data, 'test'), 3);
    const recipe = writeRecipe({
      ...folderRecipe,
      optimizer: { name: 'sgd', options: { learningRate: 0.05 } },
      schedule: { name: 'constant', options: { scaling: 'sqrt' } },
      evaluation: [{ name: 'knn', options: { k: 3 } }],
      trainer: { ...folderRecipe.trainer, batchSize: 32, epochs: 3 },
    });
    const sound = await tessera('check', recipe, '--data', data);
    expect(sound.code).toBe(0);
    expect(sound.stdout).toMatch(/^images +70 for training, 3 for tests, of 1 class$/m);
    expect(sound.stdout).toMatch(/^steps +2 an epoch, 6 in all; each epoch goes without 6 images/m);
    expect(sound.stdout).toMatch(
      /^learning rate +0\.283 at its highest: 0\.05 of the optimizer times 5\.66 by the schedule$/m,
    );
    expect(
      sound.stdout
        .match(/^warning: .*\[\w+\]$/gm)
        ?.filter((line) => !/W_FEW_STEPS|W_EVALUATION_ONE_CLASS/.test(line)) ?? [],
    ).toEqual([]);

    const small = ['--set', 'trainer.batchSize=8'];
    const blind = await tessera('check', recipe, ...small);
    expect(blind.stdout).toMatch(/^images +not looked at: give their folder with --data$/m);
    expect(blind.stdout).toMatch(/^steps +3 epochs$/m);
    expect(blind.stdout).toMatch(/^warning: batch norm over 8 images: .* \[W_SMALL_BATCH_NORM\]$/m);
    expect(blind.stdout).toMatch(/docs\/warnings\.md$/m);
    expect(blind.stdout).not.toMatch(/\(trap/);

    const part = await tessera('check', recipe, '--data', data, '--set', 'data.every=2');
    expect(part.stdout).toMatch(/^images +35 of 70 images \(data\.every=2\) for training, 3 for tests/m);
    expect(part.stdout).toMatch(/^trained parameters +[1-9]/m);
    expect(part.stdout).not.toMatch(/ 0\.0+ [MGT]/);

    const report = JSON.parse((await tessera('check', recipe, '--data', data, '--json', ...small)).stdout) as object;
    expect(report).toMatchObject({
      data: { images: 70, testImages: 3, classes: 1 },
      stepsPerEpoch: 8,
      totalSteps: 24,
      learningRate: 0.05,
      highestLearningRate: 0.05 * Math.sqrt(8),
      warnings: expect.arrayContaining([expect.stringContaining('[W_SMALL_BATCH_NORM]')]) as string[],
    });
  });

  it('check refuses what a run would: one image in a batch, more than there are', async () => {
    const data = await writeImages(temporaryFolder(), 5);
    const recipe = writeRecipe(folderRecipe);
    const one = await tessera('check', recipe, '--set', 'trainer.batchSize=1');
    expect([one.code, one.stderr]).toEqual([2, expect.stringContaining('[E_BATCH_TOO_SMALL]')]);
    const many = await tessera('check', recipe, '--data', data);
    expect([many.code, many.stderr]).toEqual([2, expect.stringContaining('[E_BATCH_TOO_LARGE]')]);
  });

  it('check counts the images of a data set that needs no folder', async () => {
    const { stdout } = await tessera('check', writeRecipe(tinySimclr));
    expect(stdout).toMatch(/^images +40 for training/m);
    expect(stdout).toMatch(/^steps +5 an epoch, 10 in all$/m);
  });

  it("runs a third party's method by its recipe", async () => {
    const recipe = fileURLToPath(new URL('../../../../examples/third-party-method/recipe.yaml', import.meta.url));
    const small = [
      'data.options.count=20',
      'data.limit=null',
      'data.workers=0',
      'data.options.size=16',
      'augmenter.options.views=[{ count: 2, size: 8, ops: [{ name: patch-mask }] }]',
      'encoder.options.width=2',
      'trainer.batchSize=8',
      'trainer.maxSteps=2',
    ];
    const out = join(temporaryFolder(), 'run');
    const { code } = await tessera(
      'pretrain',
      recipe,
      '--engine',
      'cpu',
      '--out',
      out,
      ...small.flatMap((change) => ['--set', change]),
    );
    expect(code).toBe(0);
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toMatch(/"method":"vicreg"/);
    expect((await tessera('eval', 'knn', out, '--json')).code).toBe(0); // finds the plugin again from the run folder
  });

  it('eval knn warns of query images that it cannot read', async () => {
    const data = temporaryFolder();
    await writeImages(join(data, 'train'), 8);
    await writeImages(join(data, 'test'), 7);
    writeFileSync(join(data, 'test', 'a', 'broken.png'), 'not a picture');
    const out = join(temporaryFolder(), 'run');
    await tessera('pretrain', writeRecipe(folderRecipe), '--data', data, '--out', out, '--set', 'trainer.maxSteps=1');
    const { stdout, stderr, code } = await tessera('eval', 'knn', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ unreadableQueries: 1 });
    expect(stderr.match(/warning: .*broken\.png.*\[W_BAD_IMAGE\]/g)).toHaveLength(1);
    expect(stderr).toMatch(/warning: 1 of 8 query images cannot be read.*\[W_QUERIES_UNREADABLE\]/);
  });

  it('eval knn tells what was left out, a bank smaller than k, and a score that means nothing', async () => {
    const data = temporaryFolder();
    await writeImages(join(data, 'train'), 8);
    await writeImages(join(data, 'test'), 8);
    writeFileSync(join(data, 'train', 'a', '7.png'), 'not a picture');
    const rows = (split: string, labels: number): string =>
      Array.from({ length: 8 }, (_, i) => `${split}/a/${String(i)}.png,${i < labels ? 'a' : ''}\n`).join('');
    writeFileSync(join(data, 'train.csv'), `path,label\n${rows('train', 8)}`);
    writeFileSync(join(data, 'test.csv'), `path,label\n${rows('test', 6)}`);
    const out = join(temporaryFolder(), 'run');
    const set = ['--set', 'data.source=manifest', '--set', 'trainer.maxSteps=1'];
    expect((await tessera('pretrain', writeRecipe(folderRecipe), '--data', data, '--out', out, ...set)).code).toBe(0);
    const { stdout, stderr } = await tessera('eval', 'knn', out);
    expect(stdout).toMatch(/^kNN top-1: 1\.0000 .*means nothing/);
    expect(stdout).toContain('bank 7 of 8 images (1 unreadable), queries 6 of 8 images (2 without a label)');
    const codes = [...stderr.matchAll(/^warning: .*\[(W_\w+)\]$/gm)].map(([, code]) => code);
    expect(codes.sort()).toEqual([
      'W_BAD_IMAGE',
      'W_BANK_UNREADABLE',
      'W_EVALUATION_ONE_CLASS',
      'W_EVALUATION_UNLABELLED',
      'W_KNN_K',
    ]);
    expect(stderr).toMatch(/k is 200, and the bank has 7 images/);
    const json = JSON.parse((await tessera('eval', 'knn', out, '--json')).stdout) as object;
    expect(json).toMatchObject({ bankClasses: 1, bank: 7, unreadableBank: 1, queries: 6, unlabelledQueries: 2 });
  });

  it('pretrain reads 16 bits by data.range, and warns once without', async () => {
    const data = temporaryFolder();
    for (const split of ['train', 'test'])
      for (let i = 0; i < 16; i++) {
        mkdirSync(join(data, split, i % 2 === 0 ? 'a' : 'b'), { recursive: true });
        const pixels = Uint16Array.from({ length: 16 * 16 }, (_, at) => (at * 16 + i) % 4096);
        await sharp(pixels, { raw: { width: 16, height: 16, channels: 1 } })
          .toColourspace('grey16')
          .toFile(join(data, split, i % 2 === 0 ? 'a' : 'b', `${String(i)}.png`));
      }
    const run = (...set: readonly string[]): Promise<CliOutcome> => {
      const flags = ['evaluation=[{name: knn, options: {k: 3}}]', ...set].flatMap((change) => ['--set', change]);
      const out = join(temporaryFolder(), 'run');
      return tessera('pretrain', writeRecipe(folderRecipe), '--data', data, '--out', out, ...flags);
    };
    const plain = await run();
    const told = `${plain.stdout}${plain.stderr}`.match(/\[W_DATA_LOW_BITS\]/g);
    expect(told).toHaveLength(2); // of the training images, read by two loaders, and of the test images
    expect(`${plain.stdout}${plain.stderr}`).toContain('data.range=[0,4095]');
    for (const workers of [0, 1]) {
      const ranged = await run('data.range=[0,4095]', `data.workers=${String(workers)}`);
      expect(ranged.code).toBe(0);
      expect(`${ranged.stdout}${ranged.stderr}`).not.toContain('W_DATA_LOW_BITS');
    }
    expect((await run('data.range=[4095,0]')).stderr).toMatch(/data\.range.*smaller value first/);
  });

  it('trains on DIR/train and never on DIR/test', async () => {
    const data = temporaryFolder();
    await writeImages(join(data, 'train'), 8);
    await writeImages(join(data, 'test'), 32);
    const out = join(temporaryFolder(), 'run');
    await tessera('pretrain', writeRecipe(folderRecipe), '--data', data, '--out', out, '--set', 'trainer.epochs=1');
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toMatch(/"images":8,"parameters"/);
  });
});
