import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { prepare } from '../testing/prepare.ts';
import { prepared, temporaryFolder, writeRecipe } from '../testing/tiny.ts';

const recipes = fileURLToPath(new URL('../../../../recipes', import.meta.url));
const minimal = { method: { name: 'simclr' } };

describe('prepareRecipe', () => {
  it('fills every part from the method, with every default explicit', async () => {
    const { recipe } = await prepared(minimal);
    expect(recipe.objective).toEqual({
      name: 'nt-xent',
      options: { temperature: 0.5, normalize: true, reduction: 'mean2n' },
    });
    expect(recipe.trainer).toMatchObject({ batchSize: 256, maxSteps: null, engine: 'auto' });
    expect(recipe.optimizer.options).toMatchObject({ learningRate: 0.06, nesterov: false });
  });

  it("changes the method's choice where a part has no name, and lets a named part stand for itself", async () => {
    const changed = await prepared({ ...minimal, optimizer: { options: { momentum: 0.5 } } });
    expect(changed.recipe.optimizer.options).toMatchObject({ learningRate: 0.06, weightDecay: 5e-4, momentum: 0.5 });
    const named = await prepared({ ...minimal, optimizer: { name: 'sgd', options: { momentum: 0.5 } } });
    expect(named.recipe.optimizer.options).toMatchObject({ weightDecay: 0, momentum: 0.5 });
  });

  it('reads back what it resolved as the same recipe', async () => {
    const { recipe } = await prepared(minimal, ['seed=7', 'data.every=3']);
    const again = await prepare(writeRecipe(recipe));
    expect(again.recipe).toEqual(recipe);
  });

  it('makes paths absolute, from the recipe or from --data', async () => {
    const folder = temporaryFolder();
    const file = writeRecipe({ ...minimal, data: { path: 'pictures' } }, folder);
    expect((await prepare(file)).recipe.data.path).toBe(join(folder, 'pictures'));
    expect((await prepare(file, { data: '/somewhere' })).recipe.data.path).toBe('/somewhere');
  });

  it('reads JSON and TypeScript, a function included', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify({ ...minimal, seed: 3 }));
    expect((await prepare(join(folder, 'recipe.json'))).recipe.seed).toBe(3);
    writeFileSync(
      join(folder, 'recipe.ts'),
      `const seed: number = 4;\nexport default () => ({ seed, method: { name: 'simclr' } });\n`,
    );
    expect((await prepare(join(folder, 'recipe.ts'))).recipe.seed).toBe(4);
  });

  it.each(readdirSync(recipes).filter((name) => name.endsWith('.yaml')))('accepts recipes/%s', async (name) => {
    const { recipe, registry } = await prepare(join(recipes, name));
    expect(stringify(recipe)).not.toContain('undefined');
    const { views } = registry.get('augmenter', recipe.augmenter.name).build(recipe.augmenter.options, {});
    expect(views.length).toBeGreaterThan(0);
  });
});
