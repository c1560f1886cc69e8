/** What nothing can be drawn from, or computed with, is refused by the functions that a recipe's schema does not stand before. */
import { rootKey, stream } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { gaussianKernel } from '../ops/gaussian-blur/gaussian-floats.ts';
import { boxRadius } from '../ops/gaussian-blur/pil-floats.ts';
import { blur } from '../ops/gaussian-blur/op.ts';
import { flip } from '../ops/horizontal-flip/op.ts';
import { JITTER_OPS, jitterRanges, sampleJitter } from '../ops/colour-jitter/plan.ts';
import { sampleCrop } from './crop-plan.ts';
import { sometimes } from './view-op.ts';

describe('numbers that cannot be drawn from', () => {
  const random = stream(rootKey(7));
  const invalid = expect.objectContaining({ name: 'TesseraError', code: 'E_OPTION_INVALID' }) as Error;
  const crop =
    (scale: readonly [number, number], ratio: readonly [number, number] = [1, 1], width = 3, height = 3) =>
    () =>
      sampleCrop(random, width, height, scale, ratio);

  it('a crop: shares outside of (0, 1], ratios of nothing, ranges upside down, images without pixels', () => {
    for (const bad of [0, -0.1, 1.01, NaN, Infinity, -Infinity]) {
      expect(crop([bad, 1])).toThrow(invalid);
      expect(crop([0.01, bad])).toThrow(invalid);
    }
    for (const bad of [0, -1, NaN, Infinity]) {
      expect(crop([0.5, 1], [bad, 2])).toThrow(invalid);
      expect(crop([0.5, 1], [0.01, bad])).toThrow(invalid);
    }
    expect(crop([0.6, 0.5])).toThrow(invalid);
    expect(crop([0.5, 1], [2, 1])).toThrow(invalid);
    for (const bad of [0, -1, 1.5, NaN, Infinity]) {
      expect(crop([1, 1], [1, 1], bad)).toThrow(invalid);
      expect(crop([1, 1], [1, 1], 3, bad)).toThrow(invalid);
    }
    expect(crop([0.6, 0.5])).toThrow(
      "'scale[0]' of sampleCrop is 0.6: expected a finite number above 0 and of at most 0.5",
    );
  });

  it.each([-0.1, 1.1, NaN, Infinity])('a probability of %d', (probability) => {
    expect(() => sometimes(probability, flip)).toThrow(invalid);
  });

  it.each([-0.1, NaN, Infinity])('a jitter of strength %d', (strength) => {
    expect(() => jitterRanges(strength)).toThrow(invalid);
    for (const op of JITTER_OPS)
      expect(() => sampleJitter(random, { ...jitterRanges(1), [op]: strength })).toThrow(invalid);
  });

  it('a hue of more than half a turn', () => {
    expect(() => sampleJitter(random, { ...jitterRanges(1), hue: 0.51 })).toThrow(invalid);
  });

  it.each([0, -1, NaN, Infinity])('a blur of sigma %d', (sigma) => {
    expect(() => blur('pil', [sigma, 1])).toThrow(invalid);
    expect(() => blur('pil', [0.5, sigma])).toThrow(invalid);
    expect(() => gaussianKernel(3, sigma)).toThrow(invalid);
    if (sigma !== 0) expect(() => boxRadius(sigma)).toThrow(invalid);
  });

  it.each([0, 2, -1, 1.5, NaN])('a kernel of %d taps', (taps) => {
    expect(() => gaussianKernel(taps, 1)).toThrow(invalid);
  });
});
