import { gaussianBlurOp } from './blur.ts';
import { colourJitterOp } from './colour-jitter.ts';
import { cutoutOp } from './cutout.ts';
import { horizontalFlipOp } from './flip.ts';
import { gaussianNoiseOp } from './gaussian-noise.ts';
import { grayscaleOp } from './grayscale.ts';
import { rotateOp } from './rotate.ts';
import { sobelOp } from './sobel.ts';
import { solarizeOp } from './solarize.ts';

/** Every op of SimCLR's figure 4 after crop and resize, and solarize. */
export const viewOps = [
  horizontalFlipOp,
  colourJitterOp,
  grayscaleOp,
  gaussianBlurOp,
  rotateOp,
  cutoutOp,
  gaussianNoiseOp,
  sobelOp,
  solarizeOp,
] as const;
