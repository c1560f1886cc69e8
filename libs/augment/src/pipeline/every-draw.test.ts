/** Draws with few outcomes, all of them: what can be drawn is drawn, the last as well as the first, and nothing else. */
import { fold, rootKey, stream, type Augmenter, type RandomStream } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { pipelineAugmenter } from '../augmenters/pipeline.ts';
import { simclrAugmenter } from '../augmenters/simclr.ts';
import { swavAugmenter } from '../augmenters/swav.ts';
import { blur } from '../ops/gaussian-blur/op.ts';
import { flip } from '../ops/horizontal-flip/op.ts';
import { JITTER_OPS, sampleJitter } from '../ops/colour-jitter/plan.ts';
import { sampleCrop } from './crop-plan.ts';
import { sometimes } from './view-op.ts';
import type { ViewPlan } from './view-recipe.ts';

const COUNT = 20_000;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const draw = (i: number): RandomStream => stream(fold(rootKey(7), 'every', i));
const batchKey = fold(rootKey(0), 'batch');

/** How often each value came, by its JSON. */
function tally(values: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(JSON.stringify(value), (counts.get(JSON.stringify(value)) ?? 0) + 1);
  return counts;
}

/** Each of `outcomes` came, nothing else did, and each as often as the others to within five standard deviations. */
function expectEven(values: readonly unknown[], outcomes: readonly unknown[]): void {
  const counts = tally(values);
  expect([...counts.keys()].sort()).toEqual(outcomes.map((outcome) => JSON.stringify(outcome)).sort());
  const expected = values.length / outcomes.length;
  for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
}

const plansOf = (augmenter: Augmenter, count: number, size = 20): ViewPlan[] =>
  range(count).flatMap((i) =>
    (augmenter.sample(fold(rootKey(3), i), batchKey, size, size) as readonly (readonly ViewPlan[])[]).flat(),
  );
const pipeline = (...ops: readonly object[]): Augmenter =>
  pipelineAugmenter.build({ views: [{ size: 20, crop: null, ops }] }, {});
const drawnBy = (augmenter: Augmenter, count: number): unknown[] => plansOf(augmenter, count).map(({ ops }) => ops[0]);

describe('boxes', () => {
  // Sides are round(sqrt(area ratio)) and round(sqrt(area / ratio)).
  const sides = (width: number, height: number, fits: (w: number, h: number) => boolean): [number, number][] =>
    range(width).flatMap((w) =>
      range(height).flatMap((h): [number, number][] => (fits(w + 1, h + 1) ? [[w + 1, h + 1]] : [])),
    );

  it.each([
    // At ratios from 3/4 to 4/3 sides differ by one pixel at most: 1 x 3 would take a ratio below 1.5^2 / (1.5 2.5) = 0.6.
    { width: 3, height: 3, ratio: [3 / 4, 4 / 3] as const, fits: (w: number, h: number) => Math.abs(w - h) <= 1 },
    { width: 3, height: 3, ratio: [1 / 3, 3] as const, fits: () => true },
    { width: 3, height: 3, ratio: [1, 1] as const, fits: (w: number, h: number) => w === h },
    { width: 5, height: 2, ratio: [1, 1] as const, fits: (w: number, h: number) => w === h },
    { width: 2, height: 5, ratio: [1, 1] as const, fits: (w: number, h: number) => w === h },
    { width: 1, height: 4, ratio: [1 / 4, 1 / 2] as const, fits: () => true },
    { width: 4, height: 1, ratio: [2, 4] as const, fits: () => true },
  ])(
    'of $width x $height pixels, ratios $ratio: every place of every size, each as often',
    ({ width, height, ratio, fits }) => {
      const boxes = range(2 * COUNT).map((i) => sampleCrop(draw(i), width, height, [0.02, 1], ratio));
      const sizes = sides(width, height, fits);
      expect([...tally(boxes.map((box) => [box.width, box.height])).keys()].sort()).toEqual(
        sizes.map((size) => JSON.stringify(size)).sort(),
      );
      for (const [w, h] of sizes) {
        const places = boxes.filter((box) => box.width === w && box.height === h);
        expectEven(
          places.map(({ left, top }) => [left, top]),
          range(width - w + 1).flatMap((left) => range(height - h + 1).map((top) => [left, top])),
        );
      }
    },
  );

  it('the augmenters draw them too, to the last row and column', () => {
    const options = { size: 2, cropScale: [1 / 9, 1 / 9], cropRatio: [1, 1] };
    const places = range(3).flatMap((left) => range(3).map((top) => [left, top, 1, 1]));
    for (const augmenter of [
      simclrAugmenter.build({ ...options, views: 1 }, {}),
      swavAugmenter.build({ cropRatio: [1, 1], crops: [{ count: 1, size: 2, scale: [1 / 9, 1 / 9] }] }, {}),
      pipelineAugmenter.build({ views: [{ size: 2, crop: { scale: [1 / 9, 1 / 9], ratio: [1, 1] } }] }, {}),
    ]) {
      const crops = plansOf(augmenter, 4000, 3).map(({ crop }) => [crop.left, crop.top, crop.width, crop.height]);
      expectEven(crops, places);
    }
  });

  it('the whole image is one box, drawn always', () => {
    expectEven(
      range(100).map((i) => sampleCrop(draw(i), 3, 3, [1, 1], [1, 1])),
      [{ top: 0, left: 0, height: 3, width: 3 }],
    );
  });

  it('of ten attempts, the first that fits; then the largest centred box', () => {
    // Sides of sqrt(9000 ratio) and sqrt(9000 / ratio), rounded, fit into 100 pixels for one ratio in ten.
    const widest = 100.5 ** 2 / 9000;
    const misses = 1 - (2 * Math.log(widest)) / Math.log(8 / 0.81);
    const whole = range(COUNT).filter((i) => {
      const { width, height } = sampleCrop(draw(i), 100, 100, [0.9, 0.9], [0.81, 8]);
      return width === 100 && height === 100;
    });
    const expected = misses ** 10;
    const deviation = Math.sqrt((expected * (1 - expected)) / COUNT);
    expect(Math.abs(whole.length / COUNT - expected)).toBeLessThan(5 * deviation);
    // Nine attempts or eleven are further away than that.
    expect(misses ** 9 - expected).toBeGreaterThan(10 * deviation);
    expect(expected - misses ** 11).toBeGreaterThan(9 * deviation);
  });
});

describe('choices', () => {
  it.each([[[90]], [[90, 180]], [[180, 270]], [[90, 180, 270]]])('of the turns %j each', (degrees) => {
    expectEven(drawnBy(pipeline({ name: 'rotate', degrees }), 4000), degrees);
  });

  it('of the orders of a jitter each, whatever is left out', () => {
    const orders = (ops: readonly string[]): string[][] =>
      ops.length === 0
        ? [[]]
        : ops.flatMap((op) => orders(ops.filter((other) => other !== op)).map((rest) => [op, ...rest]));
    for (const left of range(2 ** JITTER_OPS.length)) {
      const drawn = JITTER_OPS.filter((_, i) => (left >> i) % 2 === 0);
      const ranges = {
        brightness: 0,
        contrast: 0,
        saturation: 0,
        hue: 0,
        ...Object.fromEntries(drawn.map((op) => [op, 0.1])),
      };
      const plans = range(3000).map((i) => sampleJitter(draw(i), ranges).map(([op]) => op));
      expectEven(plans, orders(drawn));
    }
  });

  it('of the pixels of a view each is the centre of a cutout', () => {
    // One pixel wide, so that it is the centre.
    const augmenter = pipelineAugmenter.build(
      { views: [{ size: 3, crop: null, ops: [{ name: 'cutout', side: 0.01, fill: 1 }] }] },
      {},
    );
    const black = { width: 3, height: 3, data: new Uint8Array(27) };
    const centres = range(4000).map((i) => {
      const plan = augmenter.sample(fold(rootKey(3), i), batchKey, 3, 3);
      const [pixels] = augmenter.apply(black, plan);
      return Array.from(pixels ?? []).flatMap((value, at) => (value === 1 && at % 3 === 0 ? [at / 3] : []));
    });
    expectEven(
      centres,
      range(9).map((at) => [at]),
    );
  });

  it('a square of cutout reaches over every border as far as its centre lets it', () => {
    const augmenter = pipelineAugmenter.build(
      { views: [{ size: 4, crop: null, ops: [{ name: 'cutout', side: 0.75, fill: 1 }] }] },
      {},
    );
    const black = { width: 4, height: 4, data: new Uint8Array(48) };
    const spans = range(4000).map((i) => {
      const plan = augmenter.sample(fold(rootKey(3), i), batchKey, 4, 4);
      const filled = Array.from(augmenter.apply(black, plan)[0] ?? []).flatMap((value, at) =>
        value === 1 && at % 3 === 0 ? [at / 3] : [],
      );
      const columns = filled.map((at) => at % 4);
      const rows = filled.map((at) => Math.floor(at / 4));
      return [Math.min(...columns), Math.max(...columns), Math.min(...rows), Math.max(...rows)];
    });
    // Three pixels about a centre in 0..3, cut off at the border.
    const along = [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ];
    expectEven(
      spans,
      along.flatMap((across) => along.map((down) => [...across, ...down])),
    );
  });
});

describe('probabilities', () => {
  const drawn = (probability: number, random = (i: number) => draw(i)): number =>
    range(COUNT).filter((i) => {
      const one = random(i);
      return sometimes(probability, flip).sample({ random: one, batch: one }) !== null;
    }).length;

  it('0 is never, 1 is always, and a half is half', () => {
    expect(drawn(0)).toBe(0);
    expect(drawn(1)).toBe(COUNT);
    expect(Math.abs(drawn(0.5) - COUNT / 2)).toBeLessThan(5 * Math.sqrt(COUNT / 4));
    expect(Math.abs(drawn(0.01) - COUNT / 100)).toBeLessThan(5 * Math.sqrt(COUNT / 100));
    expect(Math.abs(drawn(0.99) - 0.99 * COUNT)).toBeLessThan(5 * Math.sqrt(COUNT / 100));
  });

  it.each([
    ['horizontal-flip', {}],
    ['grayscale', {}],
    ['solarize', {}],
    ['sobel', {}],
    ['rotate', {}],
    ['cutout', {}],
    ['gaussian-noise', {}],
    ['gaussian-blur', {}],
    ['colour-jitter', {}],
  ])('%s: 0 is never, 1 is always', (name, options) => {
    const times = (probability: number) =>
      drawnBy(pipeline({ name, ...options, probability }), 500).filter((value) => value !== null).length;
    expect([times(0), times(1)]).toEqual([0, 500]);
  });

  it('each augmenter passes each on to its op', () => {
    const all = { flipProbability: 0, jitterProbability: 0, grayscaleProbability: 0, blurProbability: 0 };
    for (const [i, name] of Object.keys(all).entries()) {
      for (const build of [
        (options: object) => simclrAugmenter.build({ size: 2, views: 1, ...options }, {}),
        (options: object) => swavAugmenter.build({ crops: [{ count: 1, size: 2, scale: [0.5, 1] }], ...options }, {}),
      ]) {
        const plans = plansOf(build({ ...all, [name]: 1 }), 200);
        for (const { ops } of plans) expect(ops.map((op) => op !== null)).toEqual([0, 1, 2, 3].map((k) => k === i));
      }
    }
  });
});

describe('ranges', () => {
  /** The middle of [low, high] is drawn, both ends are come near to, and nothing lies beyond. */
  function expectRange(values: readonly number[], low: number, high: number): void {
    const slack = (high - low) / 200;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    expect(Math.min(...values)).toBeLessThanOrEqual(low + slack);
    expect(Math.max(...values)).toBeGreaterThanOrEqual(high - slack);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean - (low + high) / 2)).toBeLessThan((5 * (high - low)) / Math.sqrt(12 * values.length));
  }

  it.each([
    [false, 'brightness', 0.4, 0.6, 1.4],
    [true, 'brightness', 0.4, -0.4, 0.4],
    [false, 'contrast', 0.3, 0.7, 1.3],
    [true, 'contrast', 0.3, 0.7, 1.3],
    [false, 'saturation', 2, 0, 3],
    [true, 'saturation', 2, 0, 3],
    [false, 'hue', 0.5, -0.5, 0.5],
    [true, 'hue', 0.1, -0.1, 0.1],
  ] as const)('additive %s: %s of %f is from %f to %f', (additive, op, width, low, high) => {
    const ranges = { brightness: 0, contrast: 0, saturation: 0, hue: 0, [op]: width };
    expectRange(
      range(3000).flatMap((i) => sampleJitter(draw(i), ranges, additive).map(([, factor]) => factor)),
      low,
      high,
    );
  });

  it.each(['pil', 'gaussian-reflect', 'gaussian-zero'] as const)('sigma of the %s blur', (kind) => {
    const sigmas = range(3000).map((i) => blur(kind, [0.5, 3]).sample({ random: draw(i), batch: draw(i + COUNT) }));
    expectRange(
      sigmas.map((sigma) => sigma ?? NaN),
      0.5,
      3,
    );
  });

  it('standard deviation of the noise, with a key of its own for each', () => {
    const drawn = drawnBy(pipeline({ name: 'gaussian-noise', std: [0.1, 0.3] }), 3000) as {
      std: number;
      key: unknown;
    }[];
    expectRange(
      drawn.map(({ std }) => std),
      0.1,
      0.3,
    );
    expect(tally(drawn.map(({ key }) => key)).size).toBe(3000);
  });
});
