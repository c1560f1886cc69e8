import { fold, rootKey, type Augmenter, type RandomKey, type RgbImage } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import { beforeAll, expect, test } from 'vitest';
import { simclrAugmenter } from '../augmenters/simclr.ts';
import { swavAugmenter } from '../augmenters/swav.ts';
import { deviceViews, hostViews, picture } from '../testdata/both-halves.ts';

/** Views of one picture, so that they differ by what was drawn for them only. */
const images = Array.from<RgbImage>({ length: 1000 }).fill(picture(24, 20, 1));

/** What a view looks like in numbers: mean and square of each channel, colourfulness, unevenness of neighbours, left against right, gray. */
function moments(view: Float32Array, size: number): number[] {
  const pixels = size * size;
  const sums = Array.from({ length: 9 }, () => 0);
  const add = (at: number, value: number): void => void (sums[at] = (sums[at] ?? 0) + value / pixels);
  for (let i = 0; i < pixels; i++) {
    const [r = 0, g = 0, b = 0] = view.subarray(i * 3, i * 3 + 3);
    [r, g, b].forEach((value, channel) => {
      add(channel, value);
      add(3 + channel, value * value);
    });
    add(6, Math.max(r, g, b) - Math.min(r, g, b));
    const x = i % size;
    if (x > 0) add(7, (g - (view[i * 3 - 2] ?? 0)) ** 2);
    add(8, g * (x / (size - 1) - 0.5));
  }
  return [...sums, (sums[6] ?? 0) < 1e-4 ? 1 : 0];
}

interface Estimate {
  readonly mean: number;
  readonly error: number;
}

/** Means over views, and their standard errors: of every moment, and of its square. */
function summary(views: Float32Array, size: number): Estimate[] {
  const length = size * size * 3;
  const all = Array.from({ length: views.length / length }, (_, i) => {
    const of = moments(views.subarray(i * length, (i + 1) * length), size);
    return [...of, ...of.map((value) => value * value)];
  });
  return (all[0] ?? []).map((_, moment) => {
    const values = all.map((of) => of[moment] ?? NaN);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
    return { mean, error: Math.sqrt(variance / values.length) };
  });
}

/** The largest distance between moments of two sets of views, in standard errors. */
function distance(a: readonly Float32Array[], b: readonly Float32Array[], augmenter: Augmenter): number {
  return Math.max(
    ...augmenter.views.flatMap(({ size }, group) => {
      const others = summary(b[group] ?? new Float32Array(0), size);
      return summary(a[group] ?? new Float32Array(0), size).map(({ mean, error }, moment) => {
        const other = others[moment] ?? { mean: NaN, error: NaN };
        return Math.abs(mean - other.mean) / Math.hypot(error, other.error);
      });
    }),
  );
}

beforeAll(async () => {
  await openEngine('auto');
});

const key = (seed: number): RandomKey => fold(rootKey(seed), 'sample');
const crops = [
  { count: 2, size: 12, scale: [0.14, 1] },
  { count: 2, size: 8, scale: [0.05, 0.14] },
];

test.each([
  ['SimCLR', simclrAugmenter, { size: 12 }, { size: 12, strength: 0.7 }],
  [
    'SimCLR v2 (google)',
    simclrAugmenter,
    { size: 20, jitter: 'google-v2', blur: 'gaussian-zero' },
    { size: 20, jitter: 'google-v1', blur: 'gaussian-zero' },
  ],
  ['SwAV', swavAugmenter, { crops }, { crops, grayscaleProbability: 0.3 }],
])('other draws of %s on the device have the moments of the host', async (_name, extension, options, other) => {
  const augmenter = extension.build(options, {});
  const host = hostViews(augmenter, images, key(1));
  // Twenty or forty comparisons: four standard errors are passed by chance with one seed in some hundreds.
  expect(distance(host, await deviceViews(augmenter, images, key(2)), augmenter)).toBeLessThan(4);
  // The test can tell: a distribution that is somewhat off is far away.
  const off = extension.build(other, {});
  expect(distance(host, await deviceViews(off, images, key(2)), augmenter)).toBeGreaterThan(4);
});
