import { POSITIVE, requireNumbers } from '@tessera/core';
import { z } from 'zod';
import { simclrKernelSize } from './gaussian-floats.ts';
import { defineViewOp } from '../../pipeline/define-view-op.ts';
import { pixelOp, type ViewOp } from '../../pipeline/view-op.ts';

/**
 * `pil`: PIL's extended box, whose radius is sigma. `gaussian-reflect`: torchvision's sampled kernel of a tenth of the side, mirrored
 * borders. `gaussian-zero`: google-research/simclr's, the same kernel with zeros outside and ONE sigma for all images of a batch.
 */
export const BLUR_KINDS = ['pil', 'gaussian-reflect', 'gaussian-zero'] as const;
export type BlurKind = (typeof BLUR_KINDS)[number];

/**
 * Gaussian blur.
 * @param sigma range of the standard deviation, pixels of the finished view
 * @throws TesseraError `E_OPTION_INVALID` on any other range than one above 0
 */
export function blur(kind: BlurKind, [low, high]: readonly [number, number]): ViewOp<number> {
  requireNumbers('blur', { 'sigma[1]': high }, POSITIVE);
  requireNumbers('blur', { 'sigma[0]': low }, { ...POSITIVE, atMost: high });
  return pixelOp({
    name: 'gaussian-blur',
    sample: ({ random, batch }) => (kind === 'gaussian-zero' ? batch : random).uniform(low, high),
    apply(pixels, size, sigma, ops) {
      if (kind === 'pil') ops.pilBlur(pixels, size, sigma);
      else ops.gaussianBlur(pixels, size, simclrKernelSize(size), sigma, kind === 'gaussian-zero' ? 'zero' : 'reflect');
    },
    device: {
      width: 1,
      write: (sigma, _size, out) => {
        out[0] = sigma;
      },
      load: async () => (await import('./device.ts')).blurKernel(kind),
    },
  });
}

export const blurSigma = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([low, high]) => low <= high, 'expected [low, high] with low <= high')
  .describe('range of the standard deviation, pixels of the finished view');

export const gaussianBlurOp = defineViewOp({
  name: 'gaussian-blur',
  options: z.strictObject({ kind: z.enum(BLUR_KINDS).default('pil'), sigma: blurSigma.default([0.1, 2]) }),
  create: ({ kind, sigma }) => blur(kind, sigma),
});
