import { definePipelineAugmenter, defineViewOp, viewOps } from '@tessera/augment';
import { stream, type RandomKey, type RandomStream } from '@tessera/core';
import { z } from 'zod';

/**
 * Covers squares of a grid, each with the same probability, as masked siamese networks do (https://arxiv.org/abs/2204.07141, section 3;
 * they drop the patches, here they turn grey).
 * @param pixels [size, size, 3], interleaved; changed in place
 * @param patch side of a square in pixels; those on the right and lower border may be smaller
 */
export function maskPatches(
  pixels: Float32Array,
  size: number,
  { patch, ratio, fill }: { readonly patch: number; readonly ratio: number; readonly fill: number },
  random: RandomStream,
): void {
  for (let top = 0; top < size; top += patch) {
    for (let left = 0; left < size; left += patch) {
      if (!random.bernoulli(ratio)) continue;
      const right = Math.min(left + patch, size);
      for (let y = top; y < Math.min(top + patch, size); y++)
        pixels.fill(fill, (y * size + left) * 3, (y * size + right) * 3);
    }
  }
}

/** The op as a recipe's `ops` name it; `name` and `probability` come with every op. */
export const patchMaskOp = defineViewOp({
  name: 'patch-mask',
  options: z.strictObject({
    patch: z.int().min(1).max(1024).default(8).describe('side of a square, pixels'),
    ratio: z.number().min(0).max(1).default(0.3).describe('probability that a square is covered'),
    fill: z.number().min(0).max(1).default(0.5).describe('value that covers it; pixels are in [0, 1]'),
  }),
  create: (options) => ({
    // Which squares are covered is drawn when the op is applied: what was drawn here, a key, is JSON and always gives the same squares.
    sample: ({ random }): RandomKey => [random.word(), random.word()],
    apply: (pixels, size, key: RandomKey) => {
      maskPatches(pixels, size, options, stream(key));
    },
  }),
});

/** An augmenter whose recipe spells out its views op by op: all ops of Tessera, and `patch-mask`. */
export const vicregAugmenter = definePipelineAugmenter('vicreg', [...viewOps, patchMaskOp]);
