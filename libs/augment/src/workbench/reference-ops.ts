import { brightnessBytes } from '../ops/brightness/bytes.ts';
import { contrastBytes } from '../ops/contrast/bytes.ts';
import { gaussianBlurBytes } from '../ops/gaussian-blur/gaussian-bytes.ts';
import { grayscaleBytes } from '../ops/grayscale/bytes.ts';
import { hueBytes } from '../ops/hue/bytes.ts';
import { pilBlurBytes } from '../ops/gaussian-blur/pil-bytes.ts';
import { resizedCropBytes } from '../resample/resized-crop-bytes.ts';
import { saturationBytes } from '../ops/saturation/bytes.ts';
import { solarizeBytes } from '../ops/solarize/bytes.ts';
import { brightness } from '../ops/brightness/floats.ts';
import { contrast } from '../ops/contrast/floats.ts';
import { gaussianBlur } from '../ops/gaussian-blur/gaussian-floats.ts';
import { grayscale } from '../ops/grayscale/floats.ts';
import { horizontalFlip } from '../ops/horizontal-flip/flip.ts';
import { hue } from '../ops/hue/floats.ts';
import { pilBlur } from '../ops/gaussian-blur/pil-floats.ts';
import { resizedCrop } from '../resample/resized-crop.ts';
import { saturation } from '../ops/saturation/floats.ts';
import { solarize } from '../ops/solarize/floats.ts';
import type { PixelOps } from './pixel-ops.ts';

/** Floats in plain TypeScript. */
export const floatOps: PixelOps<Float32Array> = {
  resizedCrop,
  horizontalFlip,
  brightness,
  contrast,
  saturation,
  hue,
  grayscale,
  solarize,
  pilBlur,
  gaussianBlur,
};

/** Bytes in plain TypeScript. */
export const byteOps: PixelOps<Uint8Array> = {
  resizedCrop: resizedCropBytes,
  horizontalFlip,
  brightness: brightnessBytes,
  contrast: contrastBytes,
  saturation: saturationBytes,
  hue: hueBytes,
  grayscale: grayscaleBytes,
  solarize: solarizeBytes,
  pilBlur: pilBlurBytes,
  gaussianBlur: gaussianBlurBytes,
};
