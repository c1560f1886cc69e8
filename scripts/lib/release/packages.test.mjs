import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { changelogFor, inDependencyOrder, withRanges } from './packages.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const own = read('package.json');
const packagesIn = (...kinds) =>
  kinds
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: read(`${folder}/package.json`) }));
const packages = packagesIn('libs', 'apps');

const one = (name, more = {}) => ({ folder: name, manifest: { name, ...more } });

test('a package comes after what it depends on and what it expects, whatever the order given', () => {
  const all = [
    one('c', { peerDependencies: { a: '1' } }),
    one('b', { dependencies: { c: '1', elsewhere: '2' } }),
    one('a'),
  ];
  expect(inDependencyOrder(all).map(({ folder }) => folder)).toEqual(['a', 'c', 'b']);
  expect(inDependencyOrder([...all].reverse()).map(({ folder }) => folder)).toEqual(['a', 'c', 'b']);
  const circle = [one('x', { dependencies: { y: '1' } }), one('y', { dependencies: { x: '1' } })];
  expect(() => inDependencyOrder(circle)).toThrow('x -> y -> x');
});

test("a development dependency is not waited for: the kit's own needs the kit", () => {
  const all = [one('kit', { dependencies: { base: '1' } }), one('base', { devDependencies: { kit: '1' } })];
  expect(inDependencyOrder(all).map(({ folder }) => folder)).toEqual(['base', 'kit']);
});

describe('the changelog of a release', () => {
  const text = '# Changelog\n\n## Unreleased\n\n- new\n\n## 0.1.0 (2025-01-01)\n\n- old\n';
  test('has what was unreleased under the version', () => {
    expect(changelogFor(text, '0.2.0', '2025-02-03')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2025-02-03)\n\n- new\n\n## 0.1.0 (2025-01-01)\n\n- old\n',
    );
  });
  test.each([
    ['# Changelog\n', '0.2.0', 'has no section'],
    ['# Changelog\n\n## Unreleased\n\n## 0.1.0 (x)\n', '0.2.0', 'nothing is unreleased'],
    ['# Changelog\n\n## Unreleased\n', '0.2.0', 'nothing is unreleased'],
    [text, '0.1.0', 'has 0.1.0 already'],
  ])('is an error where %j cannot become %s', (before, version, message) => {
    expect(() => changelogFor(before, version, '2025-02-03')).toThrow(message);
  });
  test('can be made of the one that is there', () => {
    const now = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
    expect(now).toContain(`\n## ${own.version}`);
    const next = now.replace('## Unreleased\n', '## Unreleased\n\n- something\n');
    expect(changelogFor(next, '999.0.0', '2025-02-03')).toContain('\n## 999.0.0 (2025-02-03)\n');
  });
});

test.each(packagesIn('libs', 'apps', 'examples'))('$folder names other packages of ours by this version', (one) => {
  expect(withRanges(one.manifest, `^${own.version}`)).toEqual(one.manifest);
});

test('a range of ours is replaced wherever it stands, others are not', () => {
  const manifest = {
    name: '@tessera/a',
    dependencies: { zod: '4' },
    peerDependencies: { '@tessera/b': '*' },
    files: ['x'],
  };
  expect(withRanges(manifest, '^1.0.0')).toEqual({ ...manifest, peerDependencies: { '@tessera/b': '^1.0.0' } });
});

describe.each(packages)('$folder', ({ folder, manifest }) => {
  const { dependencies = {}, peerDependencies = {} } = manifest;

  test('is published in public, from its folder of this repository, under its licence', () => {
    expect(manifest.publishConfig).toEqual({ access: 'public' });
    expect(manifest.repository).toEqual({ ...own.repository, directory: folder });
    expect(manifest.license).toBe(own.license);
    expect(manifest.version).toBe(own.version);
    expect(manifest.exports['./package.json']).toBe('./package.json');
  });

  // Extensions are known by what core made, options by zod's classes: of either there can be only one in a process.
  test('expects core, zod and tfjs of whoever combines packages, which is the app', () => {
    const shared = ['@tessera/core', 'zod', '@tensorflow/tfjs-core'];
    const here = folder.startsWith('apps/') ? dependencies : peerDependencies;
    const there = folder.startsWith('apps/') ? peerDependencies : dependencies;
    expect(Object.keys(there).filter((name) => shared.includes(name))).toEqual([]);
    for (const name of shared.filter((name) => name in here)) expect(here[name]).toMatch(/^\^?\d/);
    if (folder.startsWith('apps/')) expect(Object.keys(here)).toEqual(expect.arrayContaining(shared));
  });
});
