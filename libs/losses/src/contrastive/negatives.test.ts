/** What NT-Logistic and the margin triplet loss make of any views, ranks and degenerate batches. The oracle is in contrastive-variants.test.ts. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { marginTriplet } from './margin-triplet.ts';
import { negativeWeights, type NegativeSet, type SemiHard } from './negatives.ts';
import { ntLogistic } from './nt-logistic.ts';
import { compareRanks } from '../testdata/ranks.ts';
import { errorOfLargest, numericGradient, relativeError, wave } from '../testdata/read.ts';
import { slowContrastive, type SlowSetting } from '../testdata/slow-contrastive.ts';

const TEMPERATURE = 0.3;
const MARGIN = 0.4;
const formulas = ['nt-logistic', 'margin-triplet'] as const;
const variants = (['all', 'otherView'] as const).flatMap((negatives) =>
  (['none', 'all', 'nearest'] as const).map((semiHard): [NegativeSet, SemiHard] => [negatives, semiHard]),
);
const all = formulas.flatMap((formula) =>
  variants.map(([negatives, semiHard]) => [formula, negatives, semiHard] as const),
);

function lossOf(
  formula: (typeof formulas)[number],
  setting: Omit<SlowSetting, 'temperature' | 'margin'> & { normalize?: boolean; collective?: Collective },
  z: Tensor2D,
): Scalar {
  return formula === 'nt-logistic'
    ? ntLogistic(z, { temperature: TEMPERATURE, ...setting })
    : marginTriplet(z, { margin: MARGIN, ...setting });
}

const slow = (formula: (typeof formulas)[number], setting: SlowSetting) => (z: number[][]) =>
  slowContrastive(z, {
    ...setting,
    ...(formula === 'nt-logistic' ? { temperature: TEMPERATURE } : { margin: MARGIN }),
  });

const valueAndGradient = (z: number[][], run: (z: Tensor2D) => Scalar) =>
  tf.valueAndGrad((x: Tensor) => run(x as Tensor2D))(tf.tensor2d(z)) as { value: Scalar; grad: Tensor2D };

/** Images whose views are alike but not too much, so that every choice of negatives finds some. */
const batch = (views: number) => {
  const images = wave(5, 4, 0.2);
  return Array.from({ length: views }, (_, v) =>
    images.map((row, i) => row.map((value, d) => value + 0.7 * Math.sin(3.1 * i + 1.9 * d + 2.3 * v))),
  ).flat();
};

beforeAll(async () => {
  await openEngine('cpu');
});

describe.each([2, 3])('%i views', (views) => {
  it.each(all)('%s, negatives %s, semi-hard %s: plain loops and finite differences', (formula, negatives, semiHard) => {
    const setting = { views, negatives, semiHard };
    const { value, grad } = valueAndGradient(batch(views), (z) => lossOf(formula, setting, z));
    expect(relativeError(value, slow(formula, setting)(batch(views)))).toBeLessThan(1e-5);
    expect(errorOfLargest(grad, numericGradient(batch(views), slow(formula, setting)))).toBeLessThan(1e-4);
  });

  it.each(all)('%s, negatives %s, semi-hard %s: ranks give what one process gives', (formula, negatives, semiHard) => {
    const z = [...batch(views), ...batch(views).map((row) => row.map((value) => -value))]; // 10 images
    const reordered = Array.from({ length: views }, (_, v) => [
      ...z.slice(5 * v, 5 * v + 5),
      ...z.slice(5 * (views + v), 5 * (views + v) + 5),
    ]).flat();
    const { whole, split, gradientError } = compareRanks(reordered, views, 2, (u, collective) =>
      lossOf(formula, { views, negatives, semiHard, normalize: false, ...(collective && { collective }) }, u),
    );
    expect(split).toBeCloseTo(whole, 5);
    expect(gradientError).toBeLessThan(1e-4);
  });

  it.each(all)(
    '%s, negatives %s, semi-hard %s: order of views and images is of no account',
    (formula, ...[negatives, semiHard]) => {
      const loss = (z: number[][]) =>
        lossOf(formula, { views, negatives, semiHard }, tf.tensor2d(z)).dataSync()[0] ?? NaN;
      const perView = Array.from({ length: views }, (_, v) => batch(views).slice(5 * v, 5 * v + 5));
      expect(loss([...perView].reverse().flat())).toBeCloseTo(loss(batch(views)), 5);
      expect(loss(perView.flatMap((rows) => [...rows].reverse()))).toBeCloseTo(loss(batch(views)), 5);
    },
  );
});

describe('closed forms', () => {
  const collapsed = () => tf.tensor2d(Array.from({ length: 6 }, () => [3, 0, 4]));
  const orthogonal = () => tf.concat<Tensor2D>([tf.eye(3), tf.eye(3)]);
  const softplus = (x: number) => Math.log1p(Math.exp(x));

  it.each(variants)(
    'collapse, negatives %s, semi-hard %s: nothing is semi-hard among equals',
    (negatives, semiHard) => {
      const pull = softplus(-1 / TEMPERATURE);
      const push = semiHard === 'none' ? softplus(1 / TEMPERATURE) : 0;
      const setting = { views: 2, negatives, semiHard };
      expect(relativeError(lossOf('nt-logistic', setting, collapsed()), pull + push)).toBeLessThan(1e-5);
      expect(lossOf('margin-triplet', setting, collapsed()).dataSync()[0]).toBeCloseTo(
        semiHard === 'none' ? MARGIN : 0,
        5,
      );
    },
  );

  it.each(variants)('views alike, images orthogonal, negatives %s, semi-hard %s', (negatives, semiHard) => {
    const setting = { views: 2, negatives, semiHard };
    const expected = softplus(-1 / TEMPERATURE) + Math.log(2);
    expect(relativeError(lossOf('nt-logistic', setting, orthogonal()), expected)).toBeLessThan(1e-5);
    expect(lossOf('margin-triplet', setting, orthogonal()).dataSync()[0]).toBe(0);
  });

  it('a margin of 0 still orders, one of 1.6 asks for more than orthogonality', () => {
    expect(marginTriplet(orthogonal(), { margin: 0 }).dataSync()[0]).toBe(0);
    expect(marginTriplet(orthogonal(), { margin: 1.6 }).dataSync()[0]).toBeCloseTo(0.6, 5);
  });
});

describe('empty sets', () => {
  const finite = (values: ArrayLike<number>) => Array.from(values).every(Number.isFinite);

  it.each(all)('%s, negatives %s, semi-hard %s: one image alone has no negatives', (formula, negatives, semiHard) => {
    const z = [
      [1, 0.2],
      [0.8, -0.4],
    ];
    const { value, grad } = valueAndGradient(z, (x) => lossOf(formula, { views: 2, negatives, semiHard }, x));
    const setting = { views: 2, negatives, semiHard };
    expect(value.dataSync()[0]).toBeCloseTo(slow(formula, setting)(z), 6);
    const numeric = numericGradient(z, slow(formula, setting));
    grad.dataSync().forEach((got, i) => {
      expect(got).toBeCloseTo(numeric.flat()[i] ?? NaN, 5);
    });
  });

  it.each(['all', 'nearest'] as const)(
    'semi-hard %s: anchors without one add nothing, the others their own',
    (semiHard) => {
      // Image 0's positives point away from each other: nothing is less similar. Image 1 and 2 are well apart from all.
      const z = [
        [1, 0, 0],
        [0, 1, 0.1],
        [0, 0.1, 1],
        [-1, 0.01, 0],
        [0.1, 1, 0],
        [0, 0, 1],
      ];
      const setting = { views: 2, negatives: 'all', semiHard } as const;
      for (const formula of formulas) {
        const { value, grad } = valueAndGradient(z, (x) => lossOf(formula, setting, x));
        expect(value.dataSync()[0]).toBeCloseTo(slow(formula, setting)(z), 5);
        expect(finite(grad.dataSync())).toBe(true);
      }
      const margin = valueAndGradient(z, (x) => lossOf('margin-triplet', setting, x));
      expect([...margin.grad.dataSync()].every((value) => value === 0)).toBe(true);
    },
  );

  it('weights: rows sum to 1, or are 0 where nothing qualifies; the first of equals is the nearest', () => {
    const similarity = tf.tensor2d([
      [0.9, 0.5, 0.3, 0.3],
      [0.2, 0.1, 0.4, 0.6],
    ]);
    const positive = tf.tensor2d([[0.5], [0.1]]);
    const negative = tf.tensor2d([
      [1, 0, 1, 1],
      [1, 0, 1, 1],
    ]);
    const weights = (semiHard: SemiHard, margin?: number) =>
      negativeWeights(similarity, positive, negative, {
        semiHard,
        ...(margin !== undefined && { margin }),
      }).arraySync();
    expect(weights('all')).toEqual([
      [0, 0, 0.5, 0.5],
      [0, 0, 0, 0],
    ]);
    expect(weights('nearest')).toEqual([
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(weights('all', 0.1)).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(weights('none')[0]?.[0]).toBeCloseTo(1 / 3, 6);
  });
});

describe('traps', () => {
  it.each(formulas)('trap 4: %s does not overflow at a temperature where exp(1 / tau) does', (formula) => {
    const run = (z: Tensor2D) =>
      formula === 'nt-logistic' ? ntLogistic(z, { temperature: 0.001 }) : marginTriplet(z, { margin: 0.8 });
    const { value, grad } = valueAndGradient(batch(2), run);
    expect([...value.dataSync(), ...grad.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it.each(formulas)('trap 5: a zero embedding gives %s numbers, not NaN', (formula) => {
    const setting = { views: 2, negatives: 'all', semiHard: 'nearest' } as const;
    const z = [[0, 0, 0, 0], ...batch(2).slice(1)];
    const { value, grad } = valueAndGradient(z, (x) => lossOf(formula, setting, x));
    expect([...value.dataSync(), ...grad.dataSync()].every(Number.isFinite)).toBe(true);
  });
});
