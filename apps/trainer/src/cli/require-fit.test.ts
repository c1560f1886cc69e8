import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { prepare } from '../prepare.ts';
import { runCliQuietly } from '../testing/run-cli-quietly.ts';
import { prepared, temporaryFolder } from '@tessera/run/testing';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const recipe = (name: string): string => join(root, 'recipes', name);
const code = 'E_OBJECTIVE_MISFIT';

/** A plugin beside a recipe that adds an objective, a copy of nt-xent. @returns the recipe's `plugins:` */
function pluginWith(fields: string): string[] {
  const path = join(temporaryFolder(), 'plugin.mjs');
  writeFileSync(
    path,
    `const schema = { safeParse: (data) => ({ success: true, data }) };\n` +
      `export default { name: 'mine', contract: 2, extensions: [{ kind: 'objective', name: 'mine', summary: '', schema, parse: () => ({}), build: () => null, ${fields} }] };\n`,
  );
  return [path];
}

describe('a method and an objective that do not belong together', () => {
  it.each([
    ['simclr-cifar10-small.yaml', 'method.name=swav', 'recipes/swav-cifar10-small.yaml'],
    ['simclr-imagenet-google.yaml', 'method.name=swav', 'recipes/swav-imagenet-256-queue.yaml'],
    ['simclr-cifar10-small.yaml', 'objective.name=swav', 'recipes/swav-cifar10-small.yaml'],
    ['swav-cifar10-small.yaml', 'method.name=simclr', 'recipes/swav-cifar10-small.yaml'],
    [
      'swav-cifar10-small.yaml',
      'objective={ name: nt-xent, options: { temperature: 0.5 } }',
      '--set method.name=simclr',
    ],
    ['simclr-cifar10-small.yaml', 'method.name=deepcluster-v2', '--set objective={}'],
    ['swav-cifar10-small.yaml', 'method.name=deepcluster-v2', '--set objective={}'],
    ['simclr-cifar10-small.yaml', 'method.name=byol', 'recipes/byol-cifar10-small.yaml'],
    ['simclr-cifar10-small.yaml', 'method=supervised', 'recipes/supervised-cifar10-small.yaml'],
    ['simclr-cifar10-small.yaml', 'method=instdisc', 'recipes/instdisc-cifar10-small.yaml'],
    ['simclr-cifar10-small.yaml', 'method=moco', 'recipes/moco-cifar10-small.yaml'],
    ['barlow-twins-cifar10-small.yaml', 'method.name=simclr', 'recipes/barlow-twins-cifar10-small.yaml'],
    ['simclr-cifar10-small.yaml', 'objective=negative-cosine', 'recipes/byol-cifar10-small.yaml'],
    ['simclr-cifar10-small.yaml', 'objective=cross-entropy', 'recipes/supervised-cifar10-small.yaml'],
    ['simclr-cifar10-small.yaml', 'objective.name=deepcluster-v2', '--set method.name=deepcluster-v2'],
  ])('are an error: %s with %s', async (name, set, next) => {
    await expect(prepare(recipe(name), { set: [set] })).rejects.toMatchObject({
      code,
      kind: 'usage',
      next: expect.stringContaining(next) as unknown,
    });
  });

  it('are one for `check` too, whatever the options of the objective', async () => {
    const { code: exit, stderr } = await runCliQuietly([
      'check',
      recipe('simclr-cifar10-small.yaml'),
      '--set',
      'method.name=swav',
      '--set',
      'objective.options.prototypes=many',
    ]);
    expect(exit).toBe(2);
    expect(stderr).toContain(
      "the method 'swav' and the objective 'nt-xent' do not belong together: it would train 'nt-xent' under the name 'swav', whose objective is 'swav' [E_OBJECTIVE_MISFIT]",
    );
  });

  it('fit once the advice is followed', async () => {
    const set = ['method.name=deepcluster-v2', 'objective={}'];
    const { recipe: resolved } = await prepare(recipe('simclr-cifar10-small.yaml'), { set });
    expect(resolved.objective?.name).toBe('deepcluster-v2');
  });

  it("are those of a stranger's method, too, and the method's own objective where there is no recipe", async () => {
    const file = join(root, 'examples/third-party-method/recipe.yaml');
    await expect(
      prepare(file, { set: ['objective={ name: nt-xent, options: { temperature: 0.5 } }'] }),
    ).rejects.toMatchObject({ code, next: expect.stringContaining('--set objective={}') as unknown });
  });
});

describe("a stranger's objective", () => {
  it.each([
    ['nt-xent', { temperature: 0.5 }],
    ['nt-logistic', { temperature: 0.5 }],
    ['margin-triplet', { margin: 0.4 }],
  ])('or %s of ours goes with SimCLR', async (name, options) => {
    const { recipe: resolved } = await prepared({ method: { name: 'simclr' }, objective: { name, options } });
    expect(resolved.objective?.name).toBe(name);
  });

  it('goes with SimCLR, and with SwAV where it says so', async () => {
    const objective = { name: 'mine' };
    const [any, own] = [pluginWith(''), pluginWith(`methods: ['swav']`)];
    const name = async (plugins: string[], method: string) =>
      (await prepared({ plugins, method: { name: method }, objective })).recipe.objective?.name;
    expect(await name(any, 'simclr')).toBe('mine');
    expect(await name(own, 'swav')).toBe('mine');
    await expect(name(any, 'swav')).rejects.toMatchObject({
      code,
      next: expect.stringContaining("to keep 'mine', take the method 'simclr'") as unknown,
    });
    await expect(name(own, 'simclr')).rejects.toMatchObject({ code });
  });
});
