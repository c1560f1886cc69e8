import { testAugmenter } from '@tessera/testing';
import { describe, expect, it } from 'vitest';
import { posterize, templateNameAugmenter } from './template-name.ts';

// What every augmenter must hold to: views as announced, plans that are JSON, the same key the same pixels, and more.
testAugmenter(templateNameAugmenter, {
  options: {
    views: [
      { count: 2, size: 16, ops: [{ name: 'horizontal-flip', probability: 0.5 }, { name: 'template-name' }] },
      { size: 8 },
    ],
  },
  badOptions: { views: [{ size: 16, ops: [{ name: 'template-name', levels: [5, 3] }] }] },
});

// What only yours must: what it does to pixels.
describe('posterize', () => {
  it('keeps as many levels as it is told', () => {
    const pixels = Float32Array.from({ length: 101 }, (_, i) => i / 100);
    posterize(pixels, 3);
    expect([...new Set(pixels)]).toEqual([0, 0.5, 1]);
  });
});
