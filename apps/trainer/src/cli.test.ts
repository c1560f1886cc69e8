import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runCliQuietly, type CliOutcome } from './testing/run-cli-quietly.ts';
import { temporaryFolder, tinySimclr, writeRecipe } from './testing/tiny.ts';

/** A command line in this process. */
const tessera = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(args);

const folderRecipe = { ...tinySimclr, data: { source: 'folder', workers: 0 } };

async function images(folder: string, count: number): Promise<string> {
  mkdirSync(join(folder, 'a'), { recursive: true });
  const pixels = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#808080' } })
    .png()
    .toBuffer();
  for (let i = 0; i < count; i++) writeFileSync(join(folder, 'a', `${i}.png`), pixels);
  return folder;
}

function pretrain(recipe: object, ...more: readonly string[]): Promise<CliOutcome> {
  return tessera('pretrain', writeRecipe(recipe), '--out', join(temporaryFolder(), 'run'), ...more);
}

function fileOf(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

function plugin(folder: string, file: string, name: string, schedule: string): string {
  const path = join(folder, file);
  writeFileSync(
    path,
    `export default { name: '${name}', extensions: [{ kind: 'schedule', name: '${schedule}', summary: '', schema: {}, parse: () => ({}), build: () => () => 1 }] };\n`,
  );
  return path;
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
      await images(join(data, 'test'), 4);
      await images(join(data, 'flat'), 8);
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
      const data = await images(temporaryFolder(), 8);
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
  ['an alias of nothing in --set', () => pretrain(tinySimclr, '--set', 'method.name=*foo'), 2, 'E_SET_SYNTAX', /foo/],
  ['a --set that contains itself', () => pretrain(tinySimclr, '--set', 'plugins=&a [*a]'), 2, 'E_SET_SYNTAX', /itself/],
  [
    'an alias of nothing',
    () => tessera('pretrain', fileOf('bad.yaml', 'method: { name: *foo }\n')),
    2,
    'E_RECIPE_SYNTAX',
    /bad\.yaml.*foo/,
  ],
  [
    'a recipe with a function',
    () => tessera('pretrain', fileOf('bad.mjs', 'export default { method: { name: () => 1 } };\n')),
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
    const data = await images(temporaryFolder(), 8);
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

  it("runs a third party's method by its recipe", async () => {
    const recipe = fileURLToPath(new URL('../../../examples/third-party-method/recipe.yaml', import.meta.url));
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
    await images(join(data, 'train'), 8);
    await images(join(data, 'test'), 7);
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
    await images(join(data, 'train'), 8);
    await images(join(data, 'test'), 32);
    const out = join(temporaryFolder(), 'run');
    await tessera('pretrain', writeRecipe(folderRecipe), '--data', data, '--out', out, '--set', 'trainer.epochs=1');
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toMatch(/"images":8,"parameters"/);
  });
});

describe('the launcher', () => {
  const bin = fileURLToPath(new URL('../bin/tessera.mjs', import.meta.url));

  it('ends a run cleanly on a signal, with a checkpoint and code 130', async () => {
    const out = join(temporaryFolder(), 'run');
    const recipe = writeRecipe({
      ...tinySimclr,
      trainer: { ...tinySimclr.trainer, epochs: 100_000 },
      data: { ...tinySimclr.data, workers: 1 },
    });
    const child = spawn(process.execPath, [bin, 'pretrain', recipe, '--out', out, '--set', 'reporters=[]'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('epoch 2 ') && !child.killed) child.kill('SIGINT');
    });
    const [code] = (await once(child, 'close')) as [number]; // all that it wrote has come
    expect(code).toBe(130);
    expect(stdout).toContain('tessera pretrain --resume');
    const last = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ type: 'run-ended', reason: 'interrupted' });
  });

  it('survives a reader of its output that goes away', async () => {
    const out = join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [bin, 'pretrain', writeRecipe(tinySimclr), '--out', out], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toMatch(/"reason":"finished"/);
  });

  it.each([
    ['process.exit(7)', 1, /^error: a data worker broke: it ended with code 7 \[E_WORKER_CRASHED\]\n.*workers=0.*\n$/],
    [
      "process.kill(process.pid, 'SIGSEGV')",
      139,
      /^error: .*SIGSEGV \(a fault in native code\) \[E_CRASHED\]\n.*--resume/,
    ],
    ["process.kill(process.pid, 'SIGKILL')", 137, /^error: .*SIGKILL \(.*memory\) \[E_CRASHED\]\n.*--resume/],
  ])('tells of a data worker that dies by %s in one error', async (how, exitCode, says) => {
    const plugin = fileOf(
      'dying.mjs',
      `const apply = () => { ${how}; };
      const build = () => ({ views: [{ count: 2, size: 8, channels: 3 }], pixelType: 'uint8', sample: () => null, apply });
      const dying = { kind: 'augmenter', name: 'dying', summary: '', schema: {}, parse: () => ({}), build };
      export default { name: 'dying', extensions: [dying] };\n`,
    );
    const data = { ...tinySimclr.data, workers: 2 };
    const recipe = writeRecipe({ ...tinySimclr, plugins: [plugin], augmenter: { name: 'dying' }, data });
    const out = join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [bin, 'pretrain', recipe, '--out', out], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(stderr).toMatch(says);
    expect(code).toBe(exitCode);
  });

  it.each([
    [[], /^error: surprise \[E_INTERNAL\]\n.*--verbose.*\n$/],
    [['--verbose'], /\n\s+at /],
  ] as const)('tells of an uncaught exception in a line, %j', async (flags, says) => {
    const plugin = fileOf(
      'late.mjs',
      "setTimeout(() => { throw new Error('surprise'); }); export default { name: 'late', extensions: [] };\n",
    );
    const recipe = writeRecipe({ ...tinySimclr, plugins: [plugin], trainer: { ...tinySimclr.trainer, epochs: 1000 } });
    const out = join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [bin, 'pretrain', recipe, '--out', out, ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
  });
});
