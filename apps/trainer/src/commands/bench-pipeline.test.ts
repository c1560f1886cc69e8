import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { PipelineReport } from '../bench/measure-pipeline.ts';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { temporaryFolder, tinySimclr, tinySwav, writeRecipe } from '@tessera/run/testing';

/** `tessera bench pipeline` in this process. */
const bench = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(['bench', 'pipeline', ...args]);

describe('bench pipeline', () => {
  it.each([
    ['simclr', tinySimclr, 2],
    ['swav', tinySwav, 4],
  ] as const)('measures loader, engine and both (%s)', async (_name, recipe, viewsPerImage) => {
    const { code, stdout, stderr } = await bench(
      writeRecipe(recipe),
      '--set=data.prefetch=1',
      '--steps=3',
      '--rounds=2',
      '--json',
    );
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout) as PipelineReport;
    expect(report).toMatchObject({ engine: 'cpu', batch: 8, images: 40, steps: 3, rounds: 2, viewsPerImage });
    const { loaderImagesPerSecond, engineImagesPerSecond, imagesPerSecond, slower, ofSlower, waitShare } = report;
    const slowest = Math.min(loaderImagesPerSecond, engineImagesPerSecond);
    expect(slower).toBe(loaderImagesPerSecond < engineImagesPerSecond ? 'loader' : 'engine');
    expect(ofSlower).toBeCloseTo(imagesPerSecond / slowest, 9);
    expect(report.firstPassImagesPerSecond).toBeGreaterThan(0);
    expect(waitShare).toBeGreaterThanOrEqual(0);
    expect(waitShare).toBeLessThan(1);
    const stages = report.stages.map(({ stage }) => stage);
    expect(stages.slice(0, 4)).toEqual(['read', 'decode', 'draw', 'crop']);
    expect(stages.slice(4).sort()).toEqual(['colour-jitter', 'copy', 'grayscale', 'horizontal-flip'].sort());
    for (const { millisecondsPerImage } of report.stages) expect(millisecondsPerImage).toBeGreaterThanOrEqual(0);
    expect(report.profile).toBeUndefined();
    expect(tf.memory().numTensors).toBe(0);
  });

  it('says who sets the pace', async () => {
    const { code, stdout } = await bench(writeRecipe(tinySimclr), '--set=data.prefetch=1', '--steps=2', '--rounds=1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/loader, first pass +\d+/);
    expect(stdout).toMatch(/together +\d+ {2}\d+ % of the slower, the (loader|engine); \d+ % of the time waiting/);
  });

  it("names the ops of anybody's augmenter, a pipeline's in any order, and what does not tell its stages as one", async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'plugin.mjs'),
      `import { defineAugmenter, definePlugin } from '@tessera/core';
import { definePipelineAugmenter, defineViewOp, viewOps } from '@tessera/augment';
import { z } from 'zod';
const slow = defineViewOp({
  name: 'slow',
  options: z.strictObject({}),
  create: () => ({ sample: () => 1, apply: () => { const end = performance.now() + 5; while (performance.now() < end); } }),
});
const silent = defineAugmenter({
  name: 'silent',
  summary: 'Says nothing of its stages.',
  options: z.strictObject({}),
  create: () => ({
    views: [{ count: 2, size: 8, channels: 3 }],
    pixelType: 'float32',
    sample: () => null,
    apply: (_image, _plan, out) => out ?? [new Float32Array(2 * 8 * 8 * 3)],
  }),
});
export default definePlugin({ name: 'slow', contract: 2, extensions: [definePipelineAugmenter('mine', [...viewOps, slow]), silent] });
`,
    );
    symlinkSync(fileURLToPath(new URL('../../../../node_modules', import.meta.url)), join(folder, 'node_modules'));
    const ops = ['solarize', 'slow', 'gaussian-blur'].map((name) => ({ name }));
    const common = { ...tinySimclr, plugins: ['./plugin.mjs'] };
    const augmenter = { name: 'mine', options: { views: [{ count: 2, size: 8, ops }] } };
    const args = ['--set=data.prefetch=1', '--steps=1', '--rounds=1', '--json'];
    const loud = await bench(writeRecipe({ ...common, augmenter }, folder), ...args);
    const { stages } = JSON.parse(loud.stdout) as PipelineReport;
    expect(stages.map(({ stage }) => stage)).toEqual([
      ...['read', 'decode', 'draw', 'crop', 'solarize', 'slow', 'gaussian-blur', 'copy'],
    ]);
    expect(stages.find(({ stage }) => stage === 'slow')?.millisecondsPerImage).toBeGreaterThanOrEqual(2 * 5);
    const quiet = await bench(writeRecipe({ ...common, augmenter: { name: 'silent', options: {} } }, folder), ...args);
    const told = (JSON.parse(quiet.stdout) as PipelineReport).stages.map(({ stage }) => stage);
    expect(told).toEqual(['read', 'decode', 'draw', 'views']);
  });

  it('tells the time of the kernels where asked to, and prints both tables', async () => {
    const args = ['--set=data.prefetch=1', '--steps=2', '--rounds=1', '--profile'];
    const { code, stdout } = await bench(writeRecipe(tinySimclr), ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^loader, by op +ms an image on one core$/m);
    expect(stdout).toMatch(/^colour-jitter +\d+\.\d{3}$/m);
    expect(stdout).toMatch(/^all +\d+\.\d{3}$/m);
    expect(stdout).toMatch(/^kernel +calls +ms a step +share$/m);
    expect(stdout).toMatch(/^Conv2D +\d/m);
  });

  it('refuses what makes no sense by flag', async () => {
    expect(await bench(writeRecipe(tinySimclr), '--steps=0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--steps') as unknown,
    });
  });
});
