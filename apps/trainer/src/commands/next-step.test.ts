/** The step that a run names after it works, whatever its images are: labelled or not, with test images or without. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { folderRecipe, temporaryFolder, writeRecipe } from '@tessera/run/testing';

const tiny = { ...folderRecipe, trainer: { ...folderRecipe.trainer, batchSize: 4, epochs: 1 } };

/** Images of 12 pixels of noise in each of the folders. */
async function noise(folders: Readonly<Record<string, number>>): Promise<string> {
  const root = temporaryFolder();
  for (const [folder, count] of Object.entries(folders)) {
    mkdirSync(join(root, folder), { recursive: true });
    for (let i = 0; i < count; i++) {
      const pixels = Uint8Array.from({ length: 12 * 12 * 3 }, (_, at) => (at * at * 7 + i * 1001 + at * i * 13) % 256);
      await sharp(pixels, { raw: { width: 12, height: 12, channels: 3 } })
        .png()
        .toFile(join(root, folder, `${i}.png`));
    }
  }
  return root;
}

/** Trains, then types what was printed as the next step, with `--json`. */
async function followed(
  data: string,
  ...set: readonly string[]
): Promise<{ run: CliOutcome; after: CliOutcome; next: string }> {
  const out = join(temporaryFolder(), 'a run'); // a name that wants quotes
  const changes = set.flatMap((change) => ['--set', change]);
  const run = await runCliQuietly(['pretrain', writeRecipe(tiny), '--data', data, '--out', out, ...changes]);
  expect(run.code).toBe(0);
  const next = /^next: (?:npm run tessera --|npx tessera|tessera|node \S+) (eval \w+) '(.*)'$/m.exec(run.stdout);
  expect(next?.[2]).toBe(out);
  const [command = ''] = [next?.[1]];
  return { run, next: command, after: await runCliQuietly([...command.split(' '), out, '--json']) };
}

describe('the step after a run', () => {
  it.each([
    ['labelled, with test images', { 'train/a': 4, 'train/b': 4, 'test/a': 2, 'test/b': 2 }, []],
    ['labelled, a part held out', { a: 5, b: 5 }, ['data.testFraction=0.2']],
  ])('is kNN for images that are %s', async (_name, folders, set) => {
    const { next, after, run } = await followed(await noise(folders), ...set);
    expect(next).toBe('eval knn');
    expect(after.code).toBe(0);
    expect(JSON.parse(after.stdout)).toHaveProperty('untrainedTop1');
    expect(run.stdout).not.toContain('retrieval');
  });

  it.each([
    ['without labels or test images', { '.': 6 }, [], false, 6],
    ['without labels, a part held out', { '.': 12 }, ['data.testFraction=0.25'], true, 3],
    ['without labels, one held out', { '.': 8 }, ['data.testFraction=0.1'], false, 7],
    ['without labels, with test images', { train: 6, test: 3 }, [], true, 3],
    ['without labels, with one test image', { '.': 6, test: 1 }, [], false, 6],
    ['without labels, with an empty test folder', { '.': 6, test: 0 }, [], false, 6],
    ['labelled, without test images', { a: 3, b: 3 }, [], false, 6],
    ['labelled, with test images that are not', { 'train/a': 3, 'train/b': 3, test: 4 }, [], true, 4],
    ['labelled, with test images of another class', { 'train/a': 3, 'train/b': 3, 'test/c': 4 }, [], true, 4],
    ['of one class, with test images', { 'train/a': 6, 'test/a': 4 }, [], true, 4],
    ['of one class, a part held out', { a: 12 }, ['data.testFraction=0.25'], true, 3],
    ['without labels, with test images that have some', { train: 6, 'test/a': 2, 'test/b': 2 }, [], true, 4],
  ])(
    'is retrieval for images that are %s, and its verdict stands before it',
    async (_name, folders, set, heldOut, images) => {
      const { next, after, run } = await followed(await noise(folders), ...set);
      expect(next).toBe('eval retrieval');
      expect(after.code).toBe(0);
      const report = JSON.parse(after.stdout) as {
        top1: number;
        untrainedTop1: number;
        heldOut: boolean;
        images: number;
      };
      expect(report).toMatchObject({ heldOut, images, chance: 1 / images, draws: 4 });
      // What the run said of itself, to the digit.
      expect(run.stdout).toContain(
        `retrieval of an image's other view, top-1: ${report.top1.toFixed(4)}  (untrained: ${report.untrainedTop1.toFixed(4)}, chance: ${(1 / images).toFixed(4)})\n${images} images that training ${heldOut ? 'did not see' : 'saw'}`,
      );
      expect(run.stdout).toMatch(/warning: the run has \d steps? .*\[W_FEW_STEPS\]/);
    },
  );

  it('is none for a batch of one image, which is refused', async () => {
    const out = join(temporaryFolder(), 'run');
    const data = await noise({ '.': 1 });
    const recipe = writeRecipe({
      ...tiny,
      trainer: { ...tiny.trainer, batchSize: 1 },
      method: { name: 'swav' },
      augmenter: undefined,
      objective: { options: { prototypes: 2 } },
    });
    const { stdout, code } = await runCliQuietly(['pretrain', recipe, '--data', data, '--out', out]);
    expect(code).toBe(2);
    expect(stdout).not.toContain('next:');
  });
});

describe('eval knn of a run without labels', () => {
  it.each([
    ['no test images', { '.': 6 }],
    ['test images', { train: 6, test: 3 }],
  ])('and with %s asks for labels first, and names what needs none', async (_name, folders) => {
    const out = join(temporaryFolder(), 'run');
    await runCliQuietly(['pretrain', writeRecipe(tiny), '--data', await noise(folders), '--out', out]);
    const { code, stderr } = await runCliQuietly(['eval', 'knn', out]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\[E_DATA_UNLABELLED\]\n.*tessera eval retrieval RUN/);
  });

  it('of a labelled run without test images asks for those', async () => {
    const out = join(temporaryFolder(), 'run');
    await runCliQuietly(['pretrain', writeRecipe(tiny), '--data', await noise({ a: 3, b: 3 }), '--out', out]);
    const { code, stderr } = await runCliQuietly(['eval', 'knn', out]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\[E_NO_TEST_IMAGES\]\n.*tessera eval retrieval RUN/);
  });
});

describe('retrieval while training', () => {
  it('needs no labels, and the test images where there are some', async () => {
    const data = await noise({ '.': 6 });
    const set = [
      '--set',
      'evaluation=[{ name: retrieval, everyEpochs: 1 }, { name: knn }]',
      '--set',
      'trainer.epochs=2',
    ];
    const out = join(temporaryFolder(), 'run');
    const { stdout, code } = await runCliQuietly(['pretrain', writeRecipe(tiny), '--data', data, '--out', out, ...set]);
    expect(code).toBe(0);
    expect(stdout.match(/^retrieval after epoch \d .*top1 .*chance 0\.1667 .*heldOut 0/gm)).toHaveLength(2);
    expect(stdout).toMatch(/warning: .*\[W_NO_TEST_IMAGES\]/);
  });
});

describe('the start of a run', () => {
  it('says how many of how many images it takes, and how to take all', async () => {
    const data = await noise({ '.': 20 });
    const start = async (...set: readonly string[]): Promise<string> => {
      const changes = set.flatMap((change) => ['--set', change]);
      const out = join(temporaryFolder(), 'run');
      return (await runCliQuietly(['pretrain', writeRecipe(tiny), '--data', data, '--out', out, ...changes])).stdout;
    };
    expect(await start('data.every=5')).toMatch(
      /^simclr on 4 of 20 images \(data\.every=5\), .*\nto use all images: --set data\.every=1\n/,
    );
    const held = await start('data.testFraction=0.1');
    expect(held).toMatch(/^simclr on 18 of 20 images \(data\.testFraction=0\.1\), /);
    expect(held).not.toContain('to use all');
    expect(await start('data.limit=100')).toMatch(/^simclr on 20 images, /);
  });
});
