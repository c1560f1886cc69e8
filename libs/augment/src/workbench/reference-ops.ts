import { brightnessBytes } from '../byte-ops/brightness-bytes.ts';
import { contrastBytes } from '../byte-ops/contrast-bytes.ts';
import { gaussianBlurBytes } from '../byte-ops/gaussian-blur-bytes.ts';
import { grayscaleBytes } from '../byte-ops/grayscale-bytes.ts';
import { hueBytes } from '../byte-ops/hue-bytes.ts';
import { pilBlurBytes } from '../byte-ops/pil-blur-bytes.ts';
import { resizedCropBytes } from '../byte-ops/resized-crop-bytes.ts';
import { saturationBytes } from '../byte-ops/saturation-bytes.ts';
import { solarizeBytes } from '../byte-ops/solarize-bytes.ts';
import { brightness } from '../ops/brightness.ts';
import { contrast } from '../ops/contrast.ts';
import { gaussianBlur } from '../ops/gaussian-blur.ts';
import { grayscale } from '../ops/grayscale.ts';
import { horizontalFlip } from '../ops/horizontal-flip.ts';
import { hue } from '../ops/hue.ts';
import { pilBlur } from '../ops/pil-blur.ts';
import { resizedCrop } from '../ops/resized-crop.ts';
import { saturation } from '../ops/saturation.ts';
import { solarize } from '../ops/solarize.ts';
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
