import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line.ts';
import { temporaryFolder } from '@tessera/run/testing';

const shown = (env: Record<string, string>, args: readonly string[] = ['doctor'], cwd = '/'): string =>
  commandLine(args, { env, cwd });

describe('commandLine', () => {
  it.each([
    ['npm run tessera --', { npm_command: 'run-script', npm_lifecycle_event: 'tessera' }],
    ['npm run tessera --', { npm_command: 'run', npm_lifecycle_event: 'demo' }],
    ['npx tessera', { npm_command: 'run-script', npm_lifecycle_event: 'pretrain' }], // a script of a package that has tessera
    ['npx tessera', { npm_command: 'exec', npm_lifecycle_event: 'npx' }],
    ["node '/opt/my tools/tessera.mjs'", { TESSERA_INVOKED_AS: '/opt/my tools/tessera.mjs' }],
    ['tessera', { TESSERA_INVOKED_AS: '/usr/bin/tessera', PATH: '/bin:/usr/bin' }],
    ['/opt/bin/tessera', { TESSERA_INVOKED_AS: '/opt/bin/tessera', PATH: '/bin:/usr/bin' }],
    ['tessera', {}],
  ])('%s', (program, env) => {
    expect(shown(env)).toBe(`${program} doctor`);
  });

  it('is npx below the folder that has this very program installed, and Node elsewhere', () => {
    const root = temporaryFolder();
    const file = join(root, 'tessera.mjs');
    writeFileSync(file, '');
    for (const folder of ['project/node_modules/.bin', 'project/src/deep'])
      mkdirSync(join(root, folder), { recursive: true });
    symlinkSync(file, join(root, 'project/node_modules/.bin/tessera'));
    const from = (folder: string, as = file): string =>
      shown({ TESSERA_INVOKED_AS: as }, ['doctor'], join(root, folder));
    expect(from('project')).toBe('npx tessera doctor');
    expect(from('project/src/deep')).toBe('npx tessera doctor');
    expect(from('project', join(root, 'project/node_modules/.bin/tessera'))).toBe('npx tessera doctor');
    expect(from('')).toBe(`node ${file} doctor`);
    const other = join(root, 'other.mjs');
    writeFileSync(other, '');
    expect(from('project', other)).toBe(`node ${other} doctor`);
  });

  it('quotes what a shell would take apart', () => {
    expect(shown({}, ['eval', 'knn', 'runs/first'])).toBe('tessera eval knn runs/first');
    expect(shown({}, ['eval', 'knn', "my runs/it's"])).toBe(`tessera eval knn 'my runs/it'\\''s'`);
    expect(shown({}, ['eval', 'knn', 'a;b', '$x'])).toBe("tessera eval knn 'a;b' '$x'");
  });
});
