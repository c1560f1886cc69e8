import { MOST_PRODUCTS } from './operands.ts';
import { product, products, resultShape, sizesOf } from './convolution.ts';
import type { Convolution } from './convolution.ts';

/** What a draw may cost: products of the reference, and elements of a tensor. */
export interface Limits {
  readonly products: number;
  readonly elements: number;
}

type Random = () => number;

/** Numbers in [0, 1), the same for the same seed. */
export function randomFrom(seed: number): Random {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The convolution of a seed: kernels of 1, 3, 5 and 7 and odd ones, strides, padding, dilation, groups and depthwise, 1 to 64 channels or many, sizes of
 * 1 to 224, batches of 1 to 64, images and volumes; often small, because small ones end in the tails of blocks.
 */
export function drawConvolution(seed: number, limits: Limits): Convolution {
  const random = randomFrom(seed);
  for (;;) {
    const c = candidate(random);
    if (fits(c, limits)) return c;
  }
}

function fits(c: Convolution, limits: Limits): boolean {
  const { out, images, kernel, inputs, groups } = sizesOf(c);
  if (Math.min(...out) < 1) return false;
  const sums = Math.max(images * product(out), product(kernel) * Math.max(inputs / groups, c.filter.at(-1) ?? 1));
  const elements = Math.max(product(c.x), product(c.filter), product(resultShape(c)));
  return products(c) <= limits.products && elements <= limits.elements && sums <= MOST_PRODUCTS;
}

function candidate(random: Random): Convolution {
  const chance = (p: number): boolean => random() < p;
  const whole = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  /** More often small than large. */
  const scaled = (high: number): number => Math.floor((high + 1) ** random());
  const one = <T>(...from: readonly T[]): T => from[whole(0, from.length - 1)] as T;
  const channels = (): number => (chance(0.3) ? one(1, 2, 3, 4, 8, 12, 16, 24, 32, 48, 64) : scaled(64));
  const of = one<Convolution['of']>('images', 'images', 'images', 'images', 'depthwise', 'volumes');
  const axes = of === 'volumes' ? 3 : 2;
  const alike = (p: number, draw: () => number): number[] => {
    const first = draw();
    const same = chance(p);
    return Array.from({ length: axes }, (_, i) => (same || i === 0 ? first : draw()));
  };
  const largest = of === 'volumes' ? 32 : 224;
  const most = chance(0.3) ? 8 : largest; // of the size of the filter
  const size = alike(0.6, () => scaled(most));
  const kernel = alike(0.8, () => one(1, 1, 1, 3, 3, 3, 5, 7, 2, 4));
  const strides = alike(0.8, () => one(1, 1, 1, 2, 2, 2, 3, 4));
  const dilations = alike(0.8, () => one(1, 1, 1, 1, 1, 1, 2, 3));
  const around = one('none', 'half', 'half', 'any', 'each', 'wide');
  const half = kernel.map((k, i) => Math.floor(((k - 1) * (dilations[i] ?? 1)) / 2));
  const pad = (axis: number): number => {
    if (around === 'none') return 0;
    return around === 'half' ? (half[axis] ?? 0) : whole(0, around === 'wide' ? 20 : (kernel[axis] ?? 1));
  };
  const before = size.map((_, axis) => pad(axis));
  const every = before[0] ?? 0;
  const pads = before.flatMap((p, axis) =>
    of === 'volumes' ? [every, every] : [p, around === 'each' ? pad(axis) : p],
  );
  const images = chance(0.3) ? one(1, 2, 16, 64) : scaled(64);
  const common = { of, strides, dilations, pads, bias: of !== 'volumes' && chance(0.3), views: chance(0.2) };
  // So many take planar images, in float32.
  const many = chance(0.05);
  const [inputs, outputs] = many ? [one(256, 272), one(256, 257)] : [channels(), channels()];
  if (of === 'depthwise')
    return { ...common, x: [images, ...size, inputs], filter: [...kernel, inputs, one(1, 1, 2, 3)] };
  const groups = of === 'images' && chance(0.25) ? one(2, 3, 4, 8, 16) : 1;
  const ofGroup = Math.ceil(inputs / groups);
  return {
    ...common,
    x: [images, ...size, ofGroup * groups],
    filter: [...kernel, ofGroup, Math.ceil(outputs / groups) * groups],
  };
}
