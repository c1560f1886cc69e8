import { z } from 'zod';
import { BLUR_KINDS, blurSigma } from '../ops/gaussian-blur/op.ts';
import { JITTER_KINDS } from '../ops/colour-jitter/op.ts';

/** Option schemas that several augmenters share, each documented once. */

export const size = z.int().min(1).max(4096).describe('side of the square view, pixels');

export const probability = z.number().min(0).max(1);

export const interpolation = z
  .enum(['bilinear', 'bicubic', 'bicubic-google'])
  .describe(
    "kernel of the resize: bilinear (torchvision's default, SwAV) and bicubic are antialiased; bicubic-google is google-research/simclr's, which samples a picture that shrinks",
  );

export const pixels = z
  .enum(['float32', 'uint8'])
  .describe(
    'float32: torchvision on float tensors, [0, 1]; uint8: torchvision on PIL images, bit for bit, a quarter of the memory and the faster one',
  );

export const cropScale = z
  .tuple([z.number().positive().max(1), z.number().positive().max(1)])
  .refine(([low, high]) => low <= high, 'expected [low, high] with low <= high')
  .describe("range of the crop's share of the image area (0.08 is 28 % of the side)");

export const cropRatio = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([low, high]) => low <= high, 'expected [low, high] with low <= high')
  .describe('range of width / height, drawn log-uniformly');

/** Everything after the crop: the options of SimCLR's colour distortion and blur. */
export const colourOptions = {
  cropRatio: cropRatio.default([3 / 4, 4 / 3]),
  flipProbability: probability.default(0.5).describe('probability of a horizontal flip'),
  strength: z
    .number()
    .min(0)
    .max(2.5)
    .default(1)
    .describe('colour strength s: brightness, contrast, saturation 0.8s, hue 0.2s (ImageNet 1, CIFAR 0.5)'),
  jitterProbability: probability.default(0.8).describe('probability of the colour jitter'),
  grayscaleProbability: probability.default(0.2).describe('probability of grayscale'),
  jitter: z
    .enum(JITTER_KINDS)
    .default('torchvision')
    .describe(
      "whose colour arithmetic: torchvision's; google-v1 (the paper's code: brightness adds) or google-v2 (it multiplies), both with contrast per channel and saturation in HSV",
    ),
  blur: z
    .enum(['none', ...BLUR_KINDS])
    .default('pil')
    .describe(
      "pil: PIL's extended box; gaussian-reflect: torchvision's kernel of a tenth of the side (23 taps at 224); gaussian-zero: google's, zeros outside and one sigma a batch",
    ),
  blurProbability: probability.default(0.5).describe('probability of the blur, where there is one'),
  blurSigma: blurSigma.default([0.1, 2]),
  solarizeProbability: probability.default(0).describe('probability of inverting values from 128 / 255 on (BYOL)'),
  pixels: pixels.default('float32'),
};
