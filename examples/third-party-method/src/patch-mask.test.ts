import { rootKey, stream } from '@tessera/core';
import { testAugmenter } from '@tessera/testing';
import { describe, expect, it } from 'vitest';
import { maskPatches, vicreg, vicregAugmenter } from './index.ts';

testAugmenter(vicregAugmenter, {
  options: vicreg.defaults.augmenter.options ?? {},
  badOptions: { views: [{ size: 8, ops: [{ name: 'patch-mask', ratio: 2 }] }] },
});

describe('patch-mask', () => {
  const options = { patch: 4, ratio: 0.3, fill: 0.5 };

  it('covers whole squares of the grid and nothing else, smaller ones at the border', () => {
    const size = 10;
    const pixels = new Float32Array(size * size * 3);
    maskPatches(pixels, size, options, stream(rootKey(1)));
    const at = (x: number, y: number): readonly number[] => [
      ...pixels.slice((y * size + x) * 3, (y * size + x) * 3 + 3),
    ];
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) expect(at(x, y)).toEqual(at(x - (x % 4), y - (y % 4)));
    }
    expect(new Set(pixels)).toEqual(new Set([0, 0.5]));
  });

  it('covers the share it is told', () => {
    const size = 400;
    const pixels = new Float32Array(size * size * 3);
    maskPatches(pixels, size, options, stream(rootKey(2)));
    const share = pixels.filter((value) => value === 0.5).length / pixels.length;
    expect(Math.abs(share - 0.3)).toBeLessThan(0.02); // four standard errors of 10,000 squares
  });
});
