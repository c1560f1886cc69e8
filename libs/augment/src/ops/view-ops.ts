import { gaussianBlurOp } from './gaussian-blur/op.ts';
import { colourJitterOp } from './colour-jitter/op.ts';
import { cutoutOp } from './cutout/op.ts';
import { horizontalFlipOp } from './horizontal-flip/op.ts';
import { gaussianNoiseOp } from './gaussian-noise/op.ts';
import { grayscaleOp } from './grayscale/op.ts';
import { rotateOp } from './rotate/op.ts';
import { sobelOp } from './sobel/op.ts';
import { solarizeOp } from './solarize/op.ts';

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
