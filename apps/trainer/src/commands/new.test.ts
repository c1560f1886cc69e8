import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isTesseraError } from '@tessera/core';
import { describe, expect, it, vi } from 'vitest';
import { filesOf } from '../new/files.ts';
import { newKinds } from '../new/kinds.ts';
import { findOrigin, toolVersions } from '../new/package-json.ts';
import { temporaryFolder } from '@tessera/run/testing';
import { newCommand } from './new.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const run = promisify(execFile);

interface PackageJson {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** The command, its output thrown away. */
function start(kind: string, name: string, out: string): void {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    newCommand({ kind, name, out });
  } finally {
    write.mockRestore();
  }
}

function codeOf(attempt: () => void): string {
  try {
    attempt();
    return '';
  } catch (error) {
    return isTesseraError(error) ? error.code : String(error);
  }
}

describe('tessera new', () => {
  it('writes packages that compile under strict settings and pass the kit at once', async () => {
    // Stands for npm install: the checkout's packages, unbuilt.
    const folder = temporaryFolder();
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const kind of newKinds) start(kind, `my-${kind}`, join(folder, kind));
    // A method takes any objective: with prototypes, with a pass over the data before every epoch.
    writeFileSync(
      join(folder, 'method/src/objectives.test.ts'),
      `import { methodsPlugin } from '@tessera/methods';
import { testMethod } from '@tessera/testing';
import { myMethodMethod } from './my-method.ts';

const { parts } = myMethodMethod;
const swav = { name: 'swav', options: { prototypes: 6, queue: { length: 16, fromStep: 2 }, freezeSteps: 2 } };
const deepCluster = { name: 'deepcluster-v2', options: { clusters: [4, 6] } };
const plugins = [methodsPlugin];
testMethod({ ...myMethodMethod, parts: { ...parts, objective: { kind: 'objective', default: swav } } }, { plugins });
testMethod({ ...myMethodMethod, parts: { ...parts, objective: { kind: 'objective', default: deepCluster } } }, { plugins });
`,
    );
    const types = {
      extends: './objective/tsconfig.json',
      compilerOptions: { customConditions: ['@tessera/source'], rootDir: '/', noEmit: true },
      include: ['*/src', '*/vitest.config.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(types));
    const shared = join(root, 'vitest.shared.ts');
    writeFileSync(
      join(folder, 'vitest.config.ts'),
      `import shared from ${JSON.stringify(shared)};\nexport default { ...shared, test: { ...shared.test, include: ['*/src/*.test.ts'] } };\n`,
    );
    const bin = (name: string): string => join(root, 'node_modules/.bin', name);
    await run(bin('tsc'), ['-p', folder], { cwd: folder }).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout);
    });
    const report = join(folder, 'report.json');
    const args = ['run', '--root', folder, '--reporter=json', `--outputFile=${report}`];
    await run(bin('vitest'), args, { cwd: folder }).catch((error: unknown) => {
      throw new Error((error as { stdout: string; stderr: string }).stdout + (error as { stderr: string }).stderr);
    });
    const { testResults } = readJson(report) as {
      testResults: { name: string; status: string; assertionResults: unknown[] }[];
    };
    expect(testResults.map(({ status }) => status)).toEqual([...newKinds, 'objectives'].map(() => 'passed'));
    for (const { name, assertionResults } of testResults) {
      expect(assertionResults.length, `the kit ran in ${name}`).toBeGreaterThan(8);
    }
  }, 900_000);

  it('writes settings that know what Node has, keep nothing of what has errors, and lead stacks to the source', async () => {
    const folder = temporaryFolder();
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    start('objective', 'mine', join(folder, 'mine'));
    const own = join(folder, 'mine');
    rmSync(join(own, 'src'), { recursive: true });
    mkdirSync(join(own, 'src'));
    const tsc = (): Promise<unknown> => run(join(root, 'node_modules/.bin/tsc'), [], { cwd: own });
    writeFileSync(
      join(own, 'src/index.ts'),
      `type Padding = [string, number, boolean];
export const started: number = performance.now();
const timer = setTimeout(() => console.log(new URL('file:///x').pathname, structuredClone([Buffer.from('x')])), 0);
clearTimeout(timer);
export function broken(values: Padding): never {
  throw new Error(\`\${values.length} \${new TextEncoder().encode('x').length} \${process.version}\`);
}
broken(['a', 1, true]);
`,
    );
    await tsc();
    const failure = await run(process.execPath, ['--enable-source-maps', join(own, 'dist/index.js')]).catch(
      (error: unknown) => (error as { stderr: string }).stderr,
    );
    expect(failure).toMatch(/at broken \(.*src\/index\.ts:6:9\)/);
    expect(failure).toMatch(/src\/index\.ts:8:1/);

    rmSync(join(own, 'dist'), { recursive: true });
    writeFileSync(join(own, 'src/index.ts'), "export const text: number = 'not a number';\n");
    await expect(tsc()).rejects.toThrow();
    expect(existsSync(join(own, 'dist'))).toBe(false);
  }, 900_000);

  it('publishes the sources that its source maps lead to, and no tests', () => {
    const { files } = JSON.parse(
      filesOf('encoder', 'x', temporaryFolder(), findOrigin()).get('package.json') ?? '',
    ) as { files: string[] };
    expect(files).toEqual(['dist', 'src', '!**/*.test.*', 'recipe.yaml']);
  });

  it('names everything after the extension', () => {
    const files = filesOf('objective', 'pull-push', temporaryFolder(), findOrigin());
    expect([...files.keys()].sort()).toEqual([
      '.gitignore',
      'README.md',
      'package.json',
      'recipe.yaml',
      'src/index.ts',
      'src/pull-push.test.ts',
      'src/pull-push.ts',
      'tsconfig.json',
      'vitest.config.ts',
    ]);
    const text = [...files.values()].join('\n');
    expect(text).not.toMatch(/template.?name/i);
    expect(text).toContain('export const pullPushObjective = defineObjective({');
    expect(text).toContain("code: 'E_PULL_PUSH_VIEWS'");
    expect(text).toContain('plugins: [tessera-plugin-pull-push]');
  });

  it('takes the packages from the checkout where there is one, else from the registry', () => {
    const folder = temporaryFolder();
    const origin = findOrigin();
    const of = (from: typeof origin): PackageJson =>
      JSON.parse(filesOf('encoder', 'x', folder, from).get('package.json') ?? '') as PackageJson;
    const linked = of(origin).devDependencies;
    expect(readJson(join(folder, linked['@tessera/models']?.replace('file:', '') ?? '', 'package.json'))).toMatchObject(
      {
        name: '@tessera/models',
      },
    );
    const installed = of({ ...origin, checkout: undefined });
    expect(installed.devDependencies).toMatchObject({
      '@tessera/trainer': `^${origin.version}`,
      '@tensorflow/tfjs-core': '4.22.0',
    });
    expect(installed.peerDependencies).toMatchObject({
      '@tessera/core': `^${origin.version}`,
      '@tessera/models': `^${origin.version}`,
    });
    expect(installed.dependencies, 'zod and core are shared with whoever installs it').toBeUndefined();
    expect(installed.peerDependencies['zod']).toBe(`^${origin.zod}`);
    expect(installed.devDependencies['zod']).toBe(origin.zod);
    expect(JSON.stringify(installed)).not.toContain('file:');
  });

  it('gives a new package the tools of this repository', () => {
    const { devDependencies } = readJson(join(root, 'package.json')) as PackageJson;
    expect(devDependencies).toMatchObject(toolVersions);
    expect(findOrigin().zod).toBe(
      (readJson(join(root, 'apps/trainer/package.json')) as PackageJson).dependencies['zod'],
    );
    const core = readJson(join(root, 'libs/core/package.json')) as PackageJson;
    expect(core.peerDependencies['zod']).toBe(`^${findOrigin().zod}`);
  });

  it.each([
    ['head', 'mine', 'E_NEW_KIND'],
    ['objective', 'MyLoss', 'E_NAME_INVALID'],
    ['objective', 'my--loss', 'E_NAME_INVALID'],
    ['objective', '../loss', 'E_NAME_INVALID'],
    ['objective', '2d', 'E_NAME_INVALID'],
    ['objective', 'index', 'E_NAME_INVALID'],
    ['objective', 'test', 'E_NAME_INVALID'],
    ['encoder', 'define', 'E_NAME_INVALID'],
    ['objective', 'stateless', 'E_NAME_INVALID'],
    ['objective', 'a'.repeat(61), 'E_NAME_INVALID'],
    ['objective', 'nt-xent', 'E_EXTENSION_DUPLICATE'],
  ])('%s %s is refused with %s, and nothing is written', (kind, name, code) => {
    const folder = temporaryFolder();
    expect(
      codeOf(() => {
        start(kind, name, join(folder, 'out'));
      }),
    ).toBe(code);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes an empty folder, and overwrites nothing', () => {
    const folder = temporaryFolder();
    start('optimizer', 'mine', folder);
    const before = readFileSync(join(folder, 'package.json'), 'utf8');
    const again = (): string =>
      codeOf(() => {
        start('encoder', 'mine', folder);
      });
    expect(again()).toBe('E_OUTPUT_EXISTS');
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe(before);
    expect(
      codeOf(() => {
        start('encoder', 'mine', join(folder, 'package.json', 'x'));
      }),
    ).toBe('E_OUTPUT_UNWRITABLE');
  });
});
