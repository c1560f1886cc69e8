import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../addon.ts';
import { status, suffix } from '../testing/compare.ts';
import { calls } from './addon-draws.ts';
import type { Position } from './fuzz-case.ts';
import { FuzzPool } from './fuzz-pool.ts';
import { ONLY, RUN } from './fuzz-settings.ts';

describe.skipIf(!status.available)(`no argument of a function of the addon ends the process${suffix}`, () => {
  const pool = new FuzzPool();
  const names = status.available ? Object.keys(loadAddon()).filter((name) => ONLY.test(name)) : [];
  let signatures: Record<string, Position[]> = {};
  afterAll(() => {
    pool.stop();
  });

  it('the signatures can be found out', async () => {
    signatures = ((await pool.ask({ kind: 'signatures' })) as { signatures: Record<string, Position[]> }).signatures;
    expect(signatures).toMatchObject({
      relu: ['handle'],
      add: ['handle', 'handle'],
      sum: ['handle', 'numbers', 'boolean'],
      fromMemory: ['memory', 'numbers', 'number', 'number'],
      release: ['handles'],
    });
  });

  it.for(names)('%s', { timeout: 900_000 }, async (name) => {
    await fc.assert(
      fc.asyncProperty(calls(name, signatures[name] ?? []), (call) => pool.judge(call)),
      RUN,
    );
  });
});
