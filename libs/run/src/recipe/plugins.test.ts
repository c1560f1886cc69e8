import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { definePlugin, isTesseraError } from '@tessera/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Loaded } from '../testing/load-plugins.ts';
import { temporaryFolder } from '../testing/tiny.ts';
import { loadFailure } from './plugin-failure.ts';
import { requireDistinct, resolvePlugin } from './plugins.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** The error of an attempt, as a person reads it. */
function errorOf(attempt: () => unknown): string {
  try {
    attempt();
    return '';
  } catch (error) {
    return isTesseraError(error) ? `${error.code}: ${error.message} | ${error.next ?? ''}` : String(error);
  }
}

/** A folder with these files, and our packages to import. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(temporaryFolder());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** What is said of a package with this entry in its package.json. */
function adviceFor(exports: unknown): string {
  const folder = temporaryFolder();
  const own = join(folder, 'node_modules/tessera-plugin-mine');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'tessera-plugin-mine', type: 'module', exports }));
  return errorOf(() => resolvePlugin('tessera-plugin-mine', folder));
}

describe('a plugin that cannot be found', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is told apart: not compiled, no default condition, not installed', () => {
    expect(adviceFor({ '.': { default: './dist/index.js' } })).toMatch(/E_PLUGIN_NOT_FOUND.*npm run build/);
    expect(adviceFor({ '.': { import: './dist/index.js' } })).toMatch(/E_PLUGIN_NOT_FOUND.*`default` condition/);
    expect(() => resolvePlugin('tessera-plugin-nothing', temporaryFolder())).toThrow(/tessera-plugin-nothing/);
  });

  it('finds a package from its own folder by its own name', () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'tessera-plugin-mine', type: 'module', exports: { '.': { default: './index.js' } } }),
    );
    writeFileSync(join(folder, 'index.js'), '');
    expect(resolvePlugin('tessera-plugin-mine', folder)).toMatch(/^file:.*index\.js$/);
  });

  it('names the places where it was sought, each once', () => {
    const [folder, elsewhere] = [realpathSync(temporaryFolder()), realpathSync(temporaryFolder())];
    const link = join(elsewhere, 'link');
    symlinkSync(folder, link);
    const sought = (from: string, cwd: string): string => {
      vi.spyOn(process, 'cwd').mockReturnValue(cwd);
      return errorOf(() => resolvePlugin('tessera-plugin-nothing', from));
    };
    const once = `E_PLUGIN_NOT_FOUND: the plugin 'tessera-plugin-nothing' cannot be found from '${folder}' (`;
    expect(sought(folder, folder)).toContain(once);
    expect(sought(link, folder)).toContain(once);
    expect(sought(folder, elsewhere)).toContain(`cannot be found from '${folder}' or '${elsewhere}' (`);
  });

  it.each([
    ['./folder', /That is a folder: give the path of the module in it/],
    ['./package', /That is a folder: .*'\.\/package\/dist\/index\.js', once it is compiled: run `npm run build`/],
    ['./index', /That is a folder: .*'\.\/index\/index\.mjs'\./],
    ['./plugin', /Did you mean '\.\/plugin\.mjs'/],
    ['plugin.mjs', /named by a path: '\.\/plugin\.mjs'/],
    ['./nothing.mjs', /path relative to the recipe/],
    ['file:///nothing.mjs', /E_PLUGIN_NOT_FOUND/],
    ['fs', /module of Node itself.*a package that is installed/],
    ['node:fs', /module of Node itself/],
    ['https://example.org/plugin.mjs', /a package that is installed, or a file/],
    ['~/plugin.mjs', /a package that is installed, or a file/],
  ])('%s: what to write instead', (specifier, says) => {
    const folder = folderWith({
      'folder/x.txt': '',
      'package/package.json': '{ "exports": { ".": { "default": "./dist/index.js" } } }',
      'index/index.mjs': '',
      'plugin.mjs': '',
    });
    const error = errorOf(() => resolvePlugin(specifier, folder));
    expect(error).toMatch(/^E_PLUGIN_NOT_FOUND/);
    expect(error).toMatch(says);
  });
});

describe('a plugin that is found', () => {
  it('is one module whatever it is called: links and URLs are followed', () => {
    const folder = folderWith({ 'plugin.mjs': '' });
    symlinkSync(join(folder, 'plugin.mjs'), join(folder, 'link.mjs'));
    const url = pathToFileURL(join(folder, 'plugin.mjs')).href;
    for (const specifier of ['./plugin.mjs', './link.mjs', url, join(folder, 'link.mjs')])
      expect(resolvePlugin(specifier, folder)).toBe(url);
  });

  // With Node's own loader, which a test's is not.
  it('is loaded, as a module or as CommonJS, or is an error that says where and what to do', () => {
    const define = "import { definePlugin } from '@tessera/core';\n";
    const plain = (name: string): string => `{ name: '${name}', extensions: [] }`;
    const files = {
      'module.mjs': `${define}export default definePlugin(${plain('module')});`,
      'named.mjs': `${define}export const plugin = definePlugin(${plain('named')});`,
      'common.cjs': `const { definePlugin } = require('@tessera/core');\nmodule.exports = definePlugin(${plain('common')});`,
      'compiled.cjs': `Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = ${plain('compiled')};`,
      'syntax.mjs': `${define}export default definePlugin(${plain('x')};\n`,
      'throws.mjs': `${define}\nconst nothing = undefined;\nnothing.at;\n`,
      'string.mjs': `throw 'a string';`,
      'export.mjs': `import { definePlugn } from '@tessera/core';`,
      'import.mjs': `import x from 'not-there';`,
      'awaits.mjs': 'await new Promise(() => {});',
      'data.json': '{}',
      'esm/package.json': '{ "type": "module" }',
      'esm/common.js': 'module.exports = require("@tessera/core");',
      'empty.mjs': '',
      'lone.mjs': `import { ntXentObjective } from '@tessera/losses';\nexport default ntXentObjective;`,
      'undefined.mjs': `export default { name: 'mine', extensions: [undefined] };`,
      'half.mjs': `export default { name: 'mine', extensions: [{ kind: 'objective', name: 'x' }] };`,
    };
    const folder = folderWith(files);
    const names = Object.keys(files).filter((name) => !name.endsWith('package.json'));
    const script = fileURLToPath(new URL('../testing/load-plugins.ts', import.meta.url));
    const args = [
      '--conditions=@tessera/source',
      '--import',
      'tsx',
      script,
      folder,
      ...names.map((name) => `./${name}`),
    ];
    const stdout = execFileSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.base.json') },
    });
    const loaded = JSON.parse(stdout) as Loaded[];
    const of = (name: string): string => {
      const found = loaded[names.indexOf(name)];
      if (!found) return '';
      return 'name' in found ? found.name : found.error;
    };
    expect(['module.mjs', 'named.mjs', 'common.cjs', 'compiled.cjs'].map(of)).toEqual([
      'module',
      'named',
      'common',
      'compiled',
    ]);
    expect(of('syntax.mjs')).toMatch(/^E_PLUGIN_LOAD: .*\(at .*syntax\.mjs:2\)/);
    expect(of('throws.mjs')).toMatch(/^E_PLUGIN_LOAD: .*undefined.*\(at .*throws\.mjs:4:\d+\).*error is in the plugin/);
    expect(of('string.mjs')).toMatch(/^E_PLUGIN_LOAD: .*: a string \|/);
    expect(of('export.mjs')).toMatch(/^E_PLUGIN_LOAD: .*'definePlugn'.*Correct the import/);
    expect(of('import.mjs')).toMatch(/^E_PLUGIN_LOAD: .*not-there.*npm install/);
    expect(of('awaits.mjs')).toMatch(/^E_PLUGIN_LOAD: .*awaits something.*never comes/);
    expect(of('data.json')).toMatch(/^E_PLUGIN_(LOAD|SHAPE)/); // a loader before Node's may read it
    expect(of('esm/common.js')).toMatch(/^E_PLUGIN_(LOAD|SHAPE)/);
    expect(of('empty.mjs')).toMatch(/^E_PLUGIN_SHAPE: .*no plugin in its exports/);
    expect(of('lone.mjs')).toMatch(/^E_PLUGIN_SHAPE: .*the objective 'nt-xent' itself.*extensions: \[/);
    expect(of('undefined.mjs')).toMatch(/^E_PLUGIN_SHAPE: entry 1 .*'mine'.* is undefined/);
    expect(of('half.mjs')).toMatch(/^E_PLUGIN_SHAPE: entry 1 .*'mine'.* is no extension/);
  });

  // Node's words, which a loader of TypeScript keeps from us in tests.
  it.each([
    ['ERR_UNKNOWN_FILE_EXTENSION', 'Unknown file extension ".ts" for /x/plugin.ts', 'usage', /TypeScript.*Compile it/],
    ['ERR_UNKNOWN_FILE_EXTENSION', 'Unknown file extension ".wasm" for /x/p.wasm', 'usage', /ends in \.mjs/],
    ['ERR_IMPORT_ATTRIBUTE_MISSING', 'Module "file:///x.json" needs an import attribute', 'usage', /ends in \.mjs/],
    [undefined, 'require is not defined in ES module scope, you can use import instead', 'failure', /\.cjs/],
    [undefined, 'Cannot use import statement outside a module', 'failure', /"type": "module"/],
  ])('%s, %s', (code, message, kind, says) => {
    const failure = loadFailure('./plugin', '/x/plugin', Object.assign(new TypeError(message), { code }));
    expect(failure).toMatchObject({ code: 'E_PLUGIN_LOAD', kind });
    expect(`${failure.message} | ${failure.next ?? ''}`).toMatch(says);
  });
});

describe('plugins that are one', () => {
  const loaded = (name: string, module: string) => ({
    plugin: definePlugin({ name, contract: 2, extensions: [] }),
    module,
  });
  const [a, b] = [loaded('a', 'file:///a.mjs'), loaded('b', 'file:///b.mjs')];

  it.each([
    ['two', [a, b], ['./a', './b'], /^$/],
    ['one twice', [a, a], ['./a', './a'], /E_PLUGIN_DUPLICATE: the plugin '\.\/a' is listed twice.*List it once/],
    [
      'one under two names',
      [b, a, a],
      ['./b', './a', 'a'],
      /E_PLUGIN_DUPLICATE: '\.\/a' and 'a'.*one module, \/a\.mjs/,
    ],
    [
      'two of one name',
      [a, loaded('a', 'file:///c.mjs')],
      ['./a', './c'],
      /two plugins are named 'a': '\.\/a' and '\.\/c'/,
    ],
    [
      'one of ours',
      [loaded('@tessera/losses', 'file:///l.js')],
      ['@tessera/losses'],
      /comes with Tessera.*Take it out/,
    ],
  ])('%s', (_name, plugins, specifiers, says) => {
    expect(
      errorOf(() => {
        requireDistinct(plugins, specifiers, ['@tessera/losses']);
      }),
    ).toMatch(says);
  });
});
