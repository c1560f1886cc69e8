import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ViewsReport } from '../bench/measure-views.ts';
import type { Comparison } from '../bench/pairs.ts';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { temporaryFolder } from '@tessera/run/testing';

/** `tessera bench views` in this process. */
const bench = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(['bench', 'views', ...args]);

/** Noise, so that decoding has something to do. */
async function photos(count: number, side: number): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'train'));
  const pixels = Buffer.from(Array.from({ length: side * side * 3 }, (_, i) => (i * 7919) % 251));
  for (let i = 0; i < count; i++)
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).toFile(join(folder, 'train', `${i}.jpg`));
  return folder;
}

const quick = ['--images', '3', '--rounds', '1', '--workers', '0'];
/** A peer that prints lines and ends. */
const peer = (...lines: readonly object[]): string =>
  `${JSON.stringify(process.execPath)} -e 'console.log(${JSON.stringify(lines.map((line) => JSON.stringify(line)).join('\n'))})'`;

describe('bench views', () => {
  it('measures the views of a task per core and by stage', async () => {
    const { code, stdout } = await bench('--task', 'simclr224', '--data', await photos(4, 300), ...quick, '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as ViewsReport;
    expect(report).toMatchObject({ task: 'simclr224', blur: 'pil', pixels: 'float32', images: 3, workers: 0 });
    expect(report.views).toEqual([{ count: 2, size: 224, channels: 3 }]);
    expect(report.cached).toBeNull();
    expect(report.viewsPerSecondPerCore).toBeGreaterThan(0);
    expect(report.viewsPerSecond).toBeGreaterThan(0);
    const stages = report.stages?.map(({ stage }) => stage);
    expect(stages).toEqual(['read', 'decode', 'crop', 'flip', 'jitter', 'grayscale', 'blur']);
    const crop = report.stages?.find(({ stage }) => stage === 'crop')?.millisecondsPerImage;
    expect(crop).toBeGreaterThan(0);
  });

  it('measures first and cached passes of small images, with workers too', async () => {
    const folder = await photos(4, 32);
    const { stdout } = await bench('--task', 'cifar', '--data', folder, '--rounds', '1', '--workers', '1', '--json');
    const report = JSON.parse(stdout) as ViewsReport;
    expect(report).toMatchObject({ blur: null, images: 4, workers: 1 });
    expect(report.cached?.viewsPerSecondPerCore).toBeGreaterThan(0);
    expect(report.cached?.viewsPerSecond).toBeGreaterThan(0);
    expect(report.stages?.map(({ stage }) => stage)).not.toContain('blur');
  });

  it('prints a table', async () => {
    const { stdout } = await bench('--task', 'cifar', '--data', await photos(2, 32), ...quick);
    expect(stdout).toMatch(/^views\/s +per core +main thread$/m);
    expect(stdout).toMatch(/^cached pass +[\d.]+ +[\d.]+$/m);
    expect(stdout).toMatch(/^decode +[\d.]+$/m);
  });

  it("alternates with a peer, and reads the peer's line of the same blur", async () => {
    const command = peer(
      { blur: 'pil', views_per_s_per_core_median: 7 },
      { blur: 'torchvision', views_per_s_per_core_median: 5 },
    );
    const args = ['--task', 'simclr224', '--data', await photos(2, 64), ...quick, '--pairs', '1', '--json'];
    const pil = await bench(...args, '--peer', command);
    const report = JSON.parse(pil.stdout) as Comparison & { viewsPerSecondPerCore: number };
    expect(report.peerMedian).toBe(7);
    expect(report.ratioOfMedians).toBeCloseTo(report.viewsPerSecondPerCore / 7, 9);
    const gaussian = await bench(...args, '--blur', 'gaussian', '--peer', command);
    expect((JSON.parse(gaussian.stdout) as Comparison).peerMedian).toBe(5);
  });

  it("compares cached passes with the peer's cached rate", async () => {
    const command = peer(
      { pass: 'cached', views_per_s_per_core_median: 9 },
      { blur: null, views_per_s_per_core_median: 3 },
    );
    const args = ['--task', 'cifar', '--data', await photos(2, 32), ...quick, '--pairs', '1', '--json'];
    const { stdout } = await bench(...args, '--peer', command);
    const report = JSON.parse(stdout) as Comparison & { cached: Comparison };
    expect([report.peerMedian, report.cached.peerMedian]).toEqual([3, 9]);
  });

  it.each<[string, string[], number, string, RegExp]>([
    [
      'an unknown task',
      ['--task', 'imagenet', '--data', '.'],
      2,
      'E_OPTION_INVALID',
      /'--task' is "imagenet".*swav224/,
    ],
    ['a blur where there is none', ['--task', 'cifar', '--data', '.', '--blur', 'pil'], 2, 'E_USAGE', /no blur/],
    ['an unknown blur', ['--task', 'swav224', '--data', '.', '--blur', 'box'], 2, 'E_OPTION_INVALID', /'--blur'/],
    ['no folder', ['--task', 'cifar', '--data', 'no/such'], 2, 'E_DATA_MISSING', /no\/such/],
    ['pairs without a peer', ['--task', 'cifar', '--data', '.', '--pairs', '3'], 2, 'E_USAGE', /--pairs/],
    ['minus one worker', ['--task', 'cifar', '--data', '.', '--workers', '-1'], 2, 'E_OPTION_INVALID', /'--workers'/],
  ])('%s: one clear error', async (_name, args, code, id, says) => {
    const output = await bench(...args);
    const [first = '', second = '', ...rest] = output.stderr.trim().split('\n');
    expect(first).toMatch(/^error: /);
    expect(first).toContain(`[${id}]`);
    expect(first).toMatch(says);
    expect(second.trim().length).toBeGreaterThan(0);
    expect(rest).toEqual([]);
    expect(output.code).toBe(code);
  });
});
