import { fold, rootKey, stream } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { sampleCrop } from './crop-plan.ts';
import { jitterRanges, sampleJitter } from '../ops/colour-jitter/plan.ts';
import { simclrView } from '../augmenters/simclr-view.ts';
import { sampleView } from './view-recipe.ts';

const COUNT = 20_000;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const key = (i: number): readonly [number, number] => fold(rootKey(7), 'test', i);

/** Largest gap between an empirical and a uniform distribution function: below 1.95 / sqrt(n) in 999 of 1000 cases (Kolmogorov-Smirnov). */
function gapToUniform(values: readonly number[], low: number, high: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.reduce(
    (most, value, i) => Math.max(most, Math.abs((value - low) / (high - low) - (i + 0.5) / sorted.length)),
    0,
  );
}

const CRITICAL = 1.95 / Math.sqrt(COUNT);

const recipe = simclrView(
  { size: 32, scale: [0.2, 1], interpolation: 'bilinear' },
  {
    cropRatio: [3 / 4, 4 / 3],
    flipProbability: 0.5,
    strength: 1,
    jitter: 'torchvision',
    jitterProbability: 0.8,
    grayscaleProbability: 0.2,
    blur: 'pil',
    blurProbability: 0.5,
    blurSigma: [0.1, 2],
    solarizeProbability: 0,
  },
);

describe('crop', () => {
  it('trap 26: the scale is a share of the area, drawn uniformly; the ratio log-uniformly', () => {
    // An image so large that rounding is no matter, and a scale so small that every first attempt fits.
    const crops = range(COUNT).map((i) => sampleCrop(stream(key(i)), 10_000, 10_000, [0.08, 0.5], [3 / 4, 4 / 3]));
    expect(
      gapToUniform(
        crops.map(({ width, height }) => (width * height) / 1e8),
        0.08,
        0.5,
      ),
    ).toBeLessThan(CRITICAL);
    expect(
      gapToUniform(
        crops.map(({ width, height }) => Math.log(width / height)),
        Math.log(3 / 4),
        Math.log(4 / 3),
      ),
    ).toBeLessThan(CRITICAL);
    expect(
      gapToUniform(
        crops.map(({ left, width }) => (left + 0.5) / (10_001 - width)),
        0,
        1,
      ),
    ).toBeLessThan(CRITICAL);
    expect(
      gapToUniform(
        crops.map(({ top, height }) => (top + 0.5) / (10_001 - height)),
        0,
        1,
      ),
    ).toBeLessThan(CRITICAL);
  });

  it('stays inside, whatever the image', () => {
    for (const [width, height] of [
      [32, 32],
      [1, 1],
      [1, 500],
      [500, 1],
      [3, 2],
      [640, 480],
    ] as const) {
      for (const i of range(200)) {
        const box = sampleCrop(stream(key(i)), width, height, [0.08, 1], [3 / 4, 4 / 3]);
        expect(Math.min(box.width, box.height)).toBeGreaterThan(0);
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
      }
    }
  });

  it('falls back to the largest centred box within the ratios', () => {
    expect(sampleCrop(stream(key(0)), 100, 1000, [1, 1], [3 / 4, 4 / 3])).toEqual({
      top: 433,
      left: 0,
      height: 133,
      width: 100,
    });
    expect(sampleCrop(stream(key(0)), 1000, 100, [1, 1], [3 / 4, 4 / 3])).toEqual({
      top: 0,
      left: 433,
      height: 100,
      width: 133,
    });
  });
});

describe('colour', () => {
  it('trap 27: the strength scales the hue too', () => {
    expect(jitterRanges(0.5)).toEqual({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 });
  });

  it('draws the four factors uniformly, in an order that is uniform too', () => {
    const plans = range(COUNT).map((i) => sampleJitter(stream(key(i)), jitterRanges(1)));
    const orders = new Map<string, number>();
    for (const plan of plans)
      orders.set(plan.map(([op]) => op).join(), (orders.get(plan.map(([op]) => op).join()) ?? 0) + 1);
    expect(orders.size).toBe(24);
    const expected = COUNT / 24;
    const chiSquare = [...orders.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(49.7); // 23 degrees of freedom, 0.999
    for (const [op, low, high] of [
      ['brightness', 0.2, 1.8],
      ['contrast', 0.2, 1.8],
      ['saturation', 0.2, 1.8],
      ['hue', -0.2, 0.2],
    ] as const) {
      expect(
        gapToUniform(
          plans.map((plan) => plan.find(([name]) => name === op)?.[1] ?? NaN),
          low,
          high,
        ),
      ).toBeLessThan(CRITICAL);
    }
  });

  it('does not go below a factor of 0, and leaves out ops of range 0', () => {
    const factors = range(1000).map((i) =>
      sampleJitter(stream(key(i)), { brightness: 2, contrast: 0, saturation: 0, hue: 0 }),
    );
    expect(factors.every((plan) => plan.length === 1 && (plan[0]?.[1] ?? -1) >= 0)).toBe(true);
  });
});

describe('view', () => {
  const plans = range(COUNT).map((i) => sampleView(recipe, key(i), rootKey(0), 32, 32));
  const share = (holds: (ops: (typeof plans)[number]['ops']) => boolean): number =>
    plans.filter(({ ops }) => holds(ops)).length / COUNT;

  it('draws flip, jitter, grayscale and blur with their probabilities', () => {
    const tolerance = 3.3 * Math.sqrt(0.25 / COUNT);
    [0.5, 0.8, 0.2, 0.5].forEach((probability, op) => {
      expect(Math.abs(share((ops) => ops[op] !== null) - probability)).toBeLessThan(tolerance);
    });
    expect(Math.abs(share(([flip, , gray]) => flip !== null && gray !== null) - 0.1)).toBeLessThan(tolerance);
  });

  it('trap 23: draws sigma itself, uniform in pixels', () => {
    const sigmas = plans.flatMap(({ ops }) => (typeof ops[3] === 'number' ? [ops[3]] : []));
    expect(sigmas.length).toBeGreaterThan(0.4 * COUNT);
    expect(gapToUniform(sigmas, 0.1, 2)).toBeLessThan(1.95 / Math.sqrt(sigmas.length));
  });

  it('is JSON', () => {
    expect(JSON.parse(JSON.stringify(plans[0]))).toEqual(plans[0]);
  });
});
