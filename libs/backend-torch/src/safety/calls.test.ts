import * as fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import { torchKernels } from '../register.ts';
import { status, suffix } from '../testing/compare.ts';
import { changedCalls } from './addon-draws.ts';
import { FuzzPool } from './fuzz-pool.ts';
import { ONLY, RUN } from './fuzz-settings.ts';
import { kernelTemplates } from './kernel-templates.ts';

const templates = torchKernels.flatMap(({ kernelName }) => {
  const template = kernelTemplates[kernelName];
  return template === undefined || !ONLY.test(kernelName) ? [] : [[kernelName, template] as const];
});

// Arguments made up without a kernel seldom get past the first checks of a convolution or an optimizer.
describe.skipIf(!status.available)(`no change of what a kernel asks of the addon ends the process${suffix}`, () => {
  const pool = new FuzzPool();
  afterAll(() => {
    pool.stop();
  });

  it.for(templates)('%s', { timeout: 900_000 }, async ([kernel, template]) => {
    await fc.assert(
      fc.asyncProperty(changedCalls(kernel, template), (test) => pool.judge(test)),
      { ...RUN, numRuns: Math.ceil(RUN.numRuns / 2) }, // each runs its kernel twice
    );
  });
});
