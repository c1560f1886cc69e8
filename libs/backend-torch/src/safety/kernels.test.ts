import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { torchKernels } from '../register.ts';
import { status, suffix } from '../testing/compare.ts';
import { kernelCases } from './draws.ts';
import { FuzzPool } from './fuzz-pool.ts';
import { ONLY, RUN } from './fuzz-settings.ts';
import { kernelTemplates } from './kernel-templates.ts';

const names = [...new Set(torchKernels.map((kernel) => kernel.kernelName))].sort();

describe.skipIf(!status.available)(`no input of a kernel ends the process${suffix}`, () => {
  const pool = new FuzzPool();
  beforeAll(() => pool.ask({ kind: 'kernels' }), 60_000);
  afterAll(() => {
    pool.stop();
  });

  it('every registered kernel has a template', async () => {
    const reply = (await pool.ask({ kind: 'kernels' })) as { kernels: string[] };
    expect(reply.kernels.length).toBeGreaterThan(100);
    expect([...reply.kernels].sort()).toEqual(names);
    expect(reply.kernels.filter((name) => kernelTemplates[name] === undefined)).toEqual([]);
  });

  it.for(names.filter((name) => kernelTemplates[name] !== undefined && ONLY.test(name)))(
    '%s',
    { timeout: 900_000 },
    async (name) => {
      const template = kernelTemplates[name];
      if (template === undefined) return;
      await fc.assert(
        fc.asyncProperty(kernelCases(name, template), (test) => pool.judge(test)),
        RUN,
      );
    },
  );
});
