/**
 * Posterize: every channel keeps a few levels of brightness only. A view op draws and applies apart, so that a view can be computed in any
 * worker, shown in a preview, and drawn again the same. Replace the drawing and the pixel function with yours.
 */
import { definePipelineAugmenter, defineViewOp, viewOps } from '@tessera/augment';
import { z } from 'zod';

/** Rounds values in [0, 1] to `levels` evenly spaced ones, in place. @param levels 2 or more */
export function posterize(pixels: Float32Array, levels: number): void {
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.round((pixels[i] ?? 0) * (levels - 1)) / (levels - 1);
  }
}

/** The op as recipes name it in a list of ops. `name` and `probability` come with every op. */
export const templateNameOp = defineViewOp({
  name: 'template-name',
  options: z.strictObject({
    levels: z
      .tuple([z.int().min(2).max(256), z.int().min(2).max(256)])
      .refine(([fewest, most]) => fewest <= most, 'expected [fewest, most] with fewest <= most')
      .default([3, 8])
      .describe('range of the number of levels a channel keeps; 2 to 256'),
  }),
  create: ({ levels: [fewest, most] }) => ({
    // What is drawn must be JSON. `random` belongs to this view of this image; `batch` would be the same for the whole batch.
    sample: ({ random }): number => fewest + random.integer(most - fewest + 1),
    // `pixels` are [size, size, 3], interleaved, nominally in [0, 1].
    apply: (pixels, _size, levels: number) => {
      posterize(pixels, levels);
    },
  }),
});

/** An augmenter whose recipe spells out its views op by op: all ops of Tessera, and this one. */
export const templateNameAugmenter = definePipelineAugmenter('template-name', [...viewOps, templateNameOp]);
