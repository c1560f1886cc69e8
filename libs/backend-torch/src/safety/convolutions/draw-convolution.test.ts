import { describe, expect, it } from 'vitest';
import { at, product, products, resultShape, sizesOf } from './convolution.ts';
import { drawConvolution } from './draw-convolution.ts';

const LIMITS = { products: 2 ** 21, elements: 2 ** 18 };
const drawn = Array.from({ length: 3000 }, (_, seed) => drawConvolution(seed, LIMITS));

describe('drawn convolutions', () => {
  it('are the same for the same seed, and within their limits', () => {
    expect(drawConvolution(7, LIMITS)).toEqual(drawn[7]);
    for (const c of drawn) {
      expect(products(c)).toBeLessThanOrEqual(LIMITS.products);
      for (const shape of [c.x, c.filter, resultShape(c)]) {
        expect(product(shape)).toBeLessThanOrEqual(LIMITS.elements);
        expect(product(shape)).toBeGreaterThan(0);
      }
    }
  });

  it('are of all kinds', () => {
    const all = (values: (c: (typeof drawn)[number]) => readonly number[]): Set<number> =>
      new Set(drawn.flatMap(values));
    expect(new Set(drawn.map(({ of }) => of))).toEqual(new Set(['images', 'depthwise', 'volumes']));
    expect([...all(({ filter }) => filter.slice(0, -2))].sort()).toEqual([1, 2, 3, 4, 5, 7]);
    expect([...all(({ strides }) => strides)].sort()).toEqual([1, 2, 3, 4]);
    expect([...all(({ dilations }) => dilations)].sort()).toEqual([1, 2, 3]);
    const channels = all((c) => [sizesOf(c).inputs]);
    for (let n = 1; n <= 48; n++) expect(channels, `${n} channels`).toContain(n);
    expect(all(({ x }) => [at(x, 0)])).toContain(64);
    expect(Math.max(...all(({ x }) => x.slice(1, -1)))).toBeGreaterThan(200);
    expect(drawn.filter((c) => sizesOf(c).groups > 1 && c.of === 'images').length).toBeGreaterThan(100);
    expect(drawn.filter(({ pads }) => pads[0] !== pads[1]).length).toBeGreaterThan(100);
    const skipping = drawn.filter((c) => product(c.filter.slice(0, -2)) === 1 && Math.max(...c.strides) > 1);
    expect(skipping.length).toBeGreaterThan(100);
  });
});
