import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { leftOut } from './left-out.mjs';
import { onEngine, planOf, projectsOf, roomNamed } from './plan.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const rooms = [
  { folder: 'apps/trainer', project: '@tessera/trainer' },
  { folder: 'libs/engine', project: '@tessera/engine' },
  { folder: 'libs/losses', project: '@tessera/losses' },
];
const there = new Set([
  'libs/losses/tsconfig.json',
  'libs/engine/tsconfig.json',
  'apps/trainer/tsconfig.json',
  'apps/trainer/templates/tsconfig.json',
]);
const gone = 'libs/losses/src/gone.ts';
const exists = (path) =>
  there.has(path) || (/\.(ts|md|yaml|json)$/.test(path) && !path.endsWith('tsconfig.json') && path !== gone);
const plan = (files, more = {}) =>
  Object.fromEntries(
    planOf({
      files,
      rooms,
      exists,
      engine: 'torch',
      root: '/repository',
      leftOut: ['libs/losses/src/long.test.ts', 'libs/engine/src/slow/**'],
      ...more,
    }).map(({ title, args }) => [title, args]),
  );

test('a changed module: its format, its project, its lint, and the tests of its room that import it, on one engine', () => {
  const file = 'libs/losses/src/a.ts';
  const { format, types, lint, tests } = plan([file]);
  expect(format).toEqual(['prettier', '--check', '--log-level', 'warn', '--ignore-unknown', file]);
  expect(types).toEqual(['tsc', '-b', 'libs/losses']);
  expect(lint.slice(-1)).toEqual([file]);
  expect(tests.slice(0, 3)).toEqual(['vitest', 'related', '--run']);
  expect(tests).toContain(file);
  expect(tests).toContain('--project=@tessera/losses');
  expect(tests).not.toContain('--project=@tessera/engine');
  expect(tests).toContain('--exclude=/repository/libs/losses/src/long.test.ts');
  expect(tests).toContain(onEngine('torch'));
});

test('a room: all of it', () => {
  const { lint, tests, types } = plan(['libs/losses/src/a.ts', 'libs/losses/package.json'], { room: rooms[2] });
  expect(lint.at(-1)).toBe('libs/losses');
  expect(types).toEqual(['tsc', '-b', 'libs/losses']);
  expect(tests.slice(0, 2)).toEqual(['vitest', 'run']);
  expect(tests).not.toContain('libs/losses/src/a.ts');
});

test('a test that is left out runs where it was changed itself, as one of a folder does', () => {
  expect(plan(['libs/losses/src/long.test.ts']).tests).not.toContain(
    '--exclude=/repository/libs/losses/src/long.test.ts',
  );
  expect(plan(['libs/engine/src/slow/b/c.test.ts']).tests.join()).not.toContain('slow/**');
  expect(plan(['libs/engine/src/slower/c.test.ts']).tests).toContain('--exclude=/repository/libs/engine/src/slow/**');
});

test('the rooms of the engines are tested on every one', () => {
  expect(plan(['libs/engine/src/a.ts']).tests).not.toContain('--testNamePattern');
});

test('words are formatted only; a file that is gone is neither formatted nor linted, its project still compiles', () => {
  expect(Object.keys(plan(['README.md', 'recipes/a.yaml']))).toEqual(['format']);
  expect(plan([gone])).toEqual({ types: ['tsc', '-b', 'libs/losses'] });
  expect(plan([])).toEqual({});
});

test('a project is the nearest one above', () => {
  const files = [
    'apps/trainer/templates/method/a.ts',
    'apps/trainer/src/b/c.ts',
    'vitest.config.ts',
    'apps/trainer/a.mjs',
  ];
  expect(projectsOf(files, exists)).toEqual(['apps/trainer', 'apps/trainer/templates']);
});

test('a room by its folder, its path or its package; another name lists them', () => {
  for (const name of ['losses', 'libs/losses', 'libs/losses/', '@tessera/losses'])
    expect(roomNamed(name, rooms)).toBe(rooms[2]);
  expect(() => roomNamed('loses', rooms)).toThrow("there is no room 'loses'; there are trainer, engine, losses");
});

test("one engine's tests and those of no engine, by the names that describeEngines gives", () => {
  const pattern = new RegExp(onEngine('torch'));
  for (const name of ['torch engine is right', 'nt-xent torch engine is right', 'a wasm engineer', 'options'])
    expect(name).toMatch(pattern);
  for (const name of ['wasm engine is right', 'nt-xent cpu engine is right', 'tensorflow engine x'])
    expect(name).not.toMatch(pattern);
});

test.each(leftOut)('%s is there to be left out', (pattern) => {
  expect(existsSync(join(root, pattern.replace('/**', '')))).toBe(true);
});
