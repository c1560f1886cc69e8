import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line.ts';

const cwd = '/home/me/tessera';
const shown = (env: Record<string, string>, ...args: readonly string[]): string =>
  commandLine(args.length > 0 ? args : ['doctor'], { env, cwd });

describe('commandLine', () => {
  it.each([
    ['npm run tessera --', { npm_command: 'run-script', npm_lifecycle_event: 'tessera' }],
    ['npm run tessera --', { npm_command: 'run', npm_lifecycle_event: 'demo' }],
    ['npx tessera', { npm_command: 'run-script', npm_lifecycle_event: 'pretrain' }], // a script of a package that has tessera
    ['npx tessera', { npm_command: 'exec', npm_lifecycle_event: 'npx' }],
    ['node apps/trainer/bin/tessera.mjs', { TESSERA_INVOKED_AS: `${cwd}/apps/trainer/bin/tessera.mjs` }],
    ["node '/opt/my tools/tessera.mjs'", { TESSERA_INVOKED_AS: '/opt/my tools/tessera.mjs' }],
    ['tessera', { TESSERA_INVOKED_AS: '/usr/bin/tessera', PATH: '/bin:/usr/bin' }],
    ['/opt/bin/tessera', { TESSERA_INVOKED_AS: '/opt/bin/tessera', PATH: '/bin:/usr/bin' }],
    ['tessera', {}],
  ])('%s', (program, env) => {
    expect(shown(env)).toBe(`${program} doctor`);
  });

  it('quotes what a shell would take apart', () => {
    expect(shown({}, 'eval', 'knn', 'runs/first')).toBe('tessera eval knn runs/first');
    expect(shown({}, 'eval', 'knn', "my runs/it's")).toBe(`tessera eval knn 'my runs/it'\\''s'`);
    expect(shown({}, 'eval', 'knn', 'a;b', '$x')).toBe("tessera eval knn 'a;b' '$x'");
  });
});
