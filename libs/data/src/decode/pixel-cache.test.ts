import { describe, expect, it } from 'vitest';
import { PixelCache } from './pixel-cache.ts';

const image = (value: number, side = 10): { width: number; height: number; data: Uint8Array } => ({
  width: side,
  height: side,
  data: new Uint8Array(side * side * 3).fill(value),
});

describe('PixelCache', () => {
  it('keeps copies', () => {
    const cache = new PixelCache(1e6);
    const one = image(1);
    cache.add(1, one);
    one.data.fill(9);
    cache.add(2, image(2));
    expect(cache.get(1)).toEqual(image(1));
    expect(cache.get(2)).toEqual(image(2));
    expect(cache.get(3)).toBeUndefined();
  });

  it('keeps within its budget, and keeps what it has', () => {
    const cache = new PixelCache(1000);
    for (let i = 0; i < 10; i++) cache.add(i, image(i));
    expect([0, 1, 2, 3, 4].map((i) => cache.get(i) !== undefined)).toEqual([true, true, true, false, false]);
  });

  it('leaves large images out', () => {
    const cache = new PixelCache(1e9);
    cache.add(0, image(0, 257));
    expect(cache.get(0)).toBeUndefined();
  });
});
