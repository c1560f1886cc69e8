import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { folderRecipe, temporaryFolder, tinySimclr, writeImages, writeRecipe } from '../testing/tiny.ts';

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

  it('trains on DIR/train and never on DIR/test', async () => {
    const data = temporaryFolder();
    await writeImages(join(data, 'train'), 8);
    await writeImages(join(data, 'test'), 32);
    const out = join(temporaryFolder(), 'run');
    await tessera('pretrain', writeRecipe(folderRecipe), '--data', data, '--out', out, '--set', 'trainer.epochs=1');
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toMatch(/"images":8,"parameters"/);
  });
});
