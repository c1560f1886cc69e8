import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { PipelineReport } from '../bench/measure-pipeline.ts';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { tinySimclr, tinySwav, writeRecipe } from '../testing/tiny.ts';

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
    expect(tf.memory().numTensors).toBe(0);
  });

  it('says who sets the pace', async () => {
    const { code, stdout } = await bench(writeRecipe(tinySimclr), '--set=data.prefetch=1', '--steps=2', '--rounds=1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/loader, first pass +\d+/);
    expect(stdout).toMatch(/together +\d+ {2}\d+ % of the slower, the (loader|engine); \d+ % of the time waiting/);
  });

  it('refuses what makes no sense by flag', async () => {
    expect(await bench(writeRecipe(tinySimclr), '--steps=0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--steps') as unknown,
    });
  });
});
