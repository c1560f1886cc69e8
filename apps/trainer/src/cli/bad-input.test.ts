import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { folderRecipe, temporaryFolder, tinySimclr, writeImages, writeRecipe, writeText } from '@tessera/run/testing';

/** A command line in this process. */
const tessera = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(args);

function pretrain(recipe: object, ...more: readonly string[]): Promise<CliOutcome> {
  return tessera('pretrain', writeRecipe(recipe), '--out', join(temporaryFolder(), 'run'), ...more);
}

function plugin(folder: string, file: string, name: string, schedule: string): string {
  const path = join(folder, file);
  writeFileSync(
    path,
    `export default { name: '${name}', contract: 2, extensions: [{ kind: 'schedule', name: '${schedule}', summary: '', schema: {}, parse: () => ({}), build: () => () => 1 }] };\n`,
  );
  return path;
}

/** A package as JavaScript has it, whose types nobody checked. */
function rateless(): string {
  const schema = 'z.strictObject({ rate: z.number().default(0.1) })';
  return writeText(
    'rateless.mjs',
    `import { z } from '${import.meta.resolve('zod')}';
    const rateless = { kind: 'optimizer', name: 'rateless', summary: '', schema: ${schema}, parse: () => ({}), build: () => ({}) };
    export default { name: 'tessera-plugin-rateless', contract: 2, extensions: [rateless] };\n`,
  );
}

const cases: readonly (readonly [
  name: string,
  run: () => Promise<CliOutcome>,
  code: number,
  id: string,
  says: RegExp,
])[] = [
  ['a missing recipe', () => tessera('pretrain', 'nowhere.yaml'), 2, 'E_RECIPE_NOT_FOUND', /nowhere\.yaml/],
  ['no recipe', () => tessera('pretrain'), 2, 'E_USAGE', /no recipe/],
  [
    'a missing data folder',
    () => pretrain(folderRecipe, '--data', '/nowhere/images'),
    2,
    'E_DATA_MISSING',
    /\/nowhere\/images/,
  ],
  [
    'an evaluation of images without classes',
    async () => {
      const data = temporaryFolder();
      await writeImages(join(data, 'test'), 4);
      await writeImages(join(data, 'flat'), 8);
      renameSync(join(data, 'flat', 'a'), join(data, 'train'));
      const out = join(temporaryFolder(), 'run');
      const set = ['--set', 'evaluation=[{name: knn}]', '--out', out, '--data', data];
      const output = await tessera('pretrain', writeRecipe(folderRecipe), ...set);
      expect(existsSync(out)).toBe(false); // found out before anything began
      return output;
    },
    2,
    'E_DATA_UNLABELLED',
    /train' have no classes/,
  ],
  ['an empty data folder', () => pretrain(folderRecipe, '--data', temporaryFolder()), 2, 'E_DATA_EMPTY', /no images/],
  [
    'a broken image',
    async () => {
      const data = await writeImages(temporaryFolder(), 8);
      writeFileSync(join(data, 'a', 'broken.png'), 'not a picture');
      return pretrain(folderRecipe, '--data', data, '--set', 'data.onBadImage=error', '--set', 'trainer.batchSize=9');
    },
    1,
    'E_BAD_IMAGE',
    /broken\.png/,
  ],
  [
    'an unknown option',
    () => pretrain({ ...tinySimclr, trainer: { epoch: 3 } }),
    2,
    'E_OPTION_UNKNOWN',
    /trainer\.epoch'.*did you mean 'epochs'/,
  ],
  [
    'an unknown option of a part',
    () => pretrain(tinySimclr, '--set', 'optimizer.options.momentun=0.5'),
    2,
    'E_OPTION_UNKNOWN',
    /optimizer\.options\.momentun.*'momentum'/,
  ],
  [
    'a wrong type',
    () => pretrain(tinySimclr, '--set', 'trainer.batchSize=many'),
    2,
    'E_OPTION_INVALID',
    /trainer\.batchSize' is "many"/,
  ],
  [
    'an alias of nothing in --set',
    () => pretrain(tinySimclr, '--set', 'trainer.epochs=*foo'),
    2,
    'E_SET_SYNTAX',
    /foo/,
  ],
  [
    'a --set that contains itself',
    () => pretrain(tinySimclr, '--set', 'encoder.options.blocks=&a [*a]'),
    2,
    'E_SET_SYNTAX',
    /anchor/,
  ],
  ['a comment in --set', () => pretrain(tinySimclr, '--set', 'trainer.epochs=2 #3'), 2, 'E_SET_SYNTAX', /comment, #3/],
  [
    'an unknown option that belongs elsewhere',
    () => pretrain(tinySimclr, '--set', 'trainer.lr=0.1'),
    2,
    'E_OPTION_UNKNOWN',
    /trainer\.lr'; did you mean 'optimizer\.options\.learningRate'/,
  ],
  [
    'an unknown method by --set',
    () => pretrain(tinySimclr, '--set', 'method=SwAV'),
    2,
    'E_EXTENSION_UNKNOWN',
    /'SwAV'; did you mean 'swav'/,
  ],
  [
    'an optimizer whose rate has another name',
    () => pretrain({ ...tinySimclr, plugins: [rateless()], optimizer: { name: 'rateless' } }),
    2,
    'E_OPTIMIZER_LEARNING_RATE',
    /'rateless' of 'tessera-plugin-rateless'.*'learningRate'/,
  ],
  [
    'a --set without a space after a colon',
    () => pretrain(tinySimclr, '--set', 'objective={name:swav}'),
    2,
    'E_SET_SYNTAX',
    /space after the colon/,
  ],
  [
    'an alias of nothing',
    () => tessera('pretrain', writeText('bad.yaml', 'method: { name: *foo }\n')),
    2,
    'E_RECIPE_SYNTAX',
    /bad\.yaml.*foo/,
  ],
  [
    'a recipe with a function',
    () => tessera('pretrain', writeText('bad.mjs', 'export default { method: { name: () => 1 } };\n')),
    2,
    'E_RECIPE_SHAPE',
    /'method\.name'.*a function/,
  ],
  [
    'options of the encoder that contradict each other, before an engine starts',
    () => pretrain({ ...tinySimclr, trainer: { engine: 'tensorflow' } }, '--set', 'encoder.options.depth=18'),
    2,
    'E_OPTION_INVALID',
    /'encoder\.options\.depth' is 18.*blocks/,
  ],
  ['a malformed --set', () => pretrain(tinySimclr, '--set', 'trainer.batchSize'), 2, 'E_SET_SYNTAX', /key=value/],
  [
    'an unknown method',
    () => pretrain({ method: { name: 'simclor' } }),
    2,
    'E_EXTENSION_UNKNOWN',
    /did you mean 'simclr'/,
  ],
  [
    'an unknown plugin',
    () => pretrain({ ...tinySimclr, plugins: ['tessera-plugin-nothing'] }),
    2,
    'E_PLUGIN_NOT_FOUND',
    /tessera-plugin-nothing/,
  ],
  [
    'two plugins with one name',
    () => {
      const folder = temporaryFolder();
      return pretrain({
        ...tinySimclr,
        plugins: [plugin(folder, 'a.mjs', 'same', 'x'), plugin(folder, 'b.mjs', 'same', 'y')],
      });
    },
    2,
    'E_PLUGIN_DUPLICATE',
    /'same'/,
  ],
  [
    'two extensions with one name',
    () => {
      const folder = temporaryFolder();
      return pretrain({
        ...tinySimclr,
        plugins: [plugin(folder, 'a.mjs', 'first', 'x'), plugin(folder, 'b.mjs', 'second', 'x')],
      });
    },
    2,
    'E_EXTENSION_DUPLICATE',
    /'first' and 'second'/,
  ],
  [
    'a batch larger than the data set',
    () => pretrain(tinySimclr, '--set', 'trainer.batchSize=41'),
    2,
    'E_BATCH_TOO_LARGE',
    /41.*40/,
  ],
  [
    'an output folder that cannot be written',
    () => tessera('pretrain', writeRecipe(tinySimclr), '--out', '/proc/run'),
    1,
    'E_OUTPUT_UNWRITABLE',
    /\/proc\/run/,
  ],
  [
    'an output folder below a file',
    () => tessera('pretrain', writeRecipe(tinySimclr), '--out', join(fileURLToPath(import.meta.url), 'run')),
    1,
    'E_OUTPUT_UNWRITABLE',
    /run'/,
  ],
  [
    'an output folder that is used',
    () => {
      const out = temporaryFolder();
      writeFileSync(join(out, 'precious'), '');
      return tessera('pretrain', writeRecipe(tinySimclr), '--out', out);
    },
    2,
    'E_OUTPUT_EXISTS',
    /not empty/,
  ],
  [
    'an unknown engine',
    () => pretrain(tinySimclr, '--engine', 'gpu'),
    2,
    'E_OPTION_INVALID',
    /trainer\.engine' is "gpu".*torch/,
  ],
  [
    '--data for a data set without a folder',
    () => pretrain(tinySimclr, '--data', '.'),
    2,
    'E_USAGE',
    /'shapes' reads none|'shapes'/,
  ],
  ['a run that is none', () => tessera('eval', 'knn', '/nowhere/run'), 2, 'E_RUN_NOT_FOUND', /\/nowhere\/run/],
  ['an unknown name to describe', () => tessera('describe', 'nothing'), 2, 'E_EXTENSION_UNKNOWN', /'nothing'/],
];

describe('bad input', () => {
  it.each(cases)('%s: one clear error', async (_name, run, code, id, says) => {
    const output = await run();
    const [first = '', second = '', ...rest] = output.stderr.trim().split('\n');
    expect(first).toMatch(/^error: /);
    expect(first).toContain(`[${id}]`);
    expect(first).toMatch(says);
    expect(second.trim().length).toBeGreaterThan(0);
    expect(rest.filter((line) => /^\s+at /.test(line))).toEqual([]);
    expect(output.code).toBe(code);
  });

  it('names the line of a syntax error', async () => {
    const file = join(temporaryFolder(), 'bad.yaml');
    writeFileSync(file, 'seed: 0\nmethod: { name: simclr\ntrainer: 3\n');
    const { code, stderr } = await tessera('pretrain', file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:\d+:\d+: .*\[E_RECIPE_SYNTAX\]/);
  });

  it('shows the stack with --verbose only', async () => {
    expect((await tessera('pretrain', 'nowhere.yaml', '--verbose')).stderr).toMatch(/\n\s+at /);
  });

  it.each([[['pretrain', '--nonsense']], [['nonsense']], [[]]])('%j is wrong usage', async (args) => {
    expect((await tessera(...args)).code).toBe(2);
  });

  it('skips a broken image with a warning when told to', async () => {
    const data = await writeImages(temporaryFolder(), 8);
    writeFileSync(join(data, 'a', 'broken.png'), 'not a picture');
    const { code, stdout } = await pretrain(
      folderRecipe,
      '--data',
      data,
      '--set',
      'trainer.batchSize=9',
      '--set',
      'trainer.maxSteps=1',
    );
    expect(stdout).toMatch(/warning: .*broken\.png.*\[W_BAD_IMAGE\]/);
    expect(code).toBe(0);
  });
});
