import type { Border } from '../ops/gaussian-blur/gaussian-floats.ts';
import type { Interpolation } from '../resample/resample-weights.ts';
import type { CropBox, SourcePixels } from '../resample/resized-crop.ts';

/** Values of interleaved RGB: bytes as PIL computes with them, or floats in [0, 1] as torchvision does. */
export type Pixels = Uint8Array | Float32Array;

/**
 * The ops that a view is made of, on one kind of pixels, all but the first in place. Floats mean what torchvision means on float tensors,
 * bytes what it means on PIL images.
 */
export interface PixelOps<P extends Pixels> {
  /** Cuts a box and resizes it, antialiased. @param out [outHeight, outWidth, 3] */
  resizedCrop(
    image: SourcePixels,
    box: CropBox,
    outHeight: number,
    outWidth: number,
    interpolation: Interpolation,
    out: P,
  ): void;
  /** Mirrors left and right. */
  horizontalFlip(pixels: P, width: number): void;
  brightness(pixels: P, factor: number): void;
  contrast(pixels: P, factor: number): void;
  saturation(pixels: P, factor: number): void;
  /** @param turns in [-0.5, 0.5] of the hue circle */
  hue(pixels: P, turns: number): void;
  grayscale(pixels: P): void;
  /** @param threshold in [0, 1] */
  solarize(pixels: P, threshold: number): void;
  /** PIL's `GaussianBlur`. @param sigma pixels */
  pilBlur(pixels: P, width: number, sigma: number): void;
  /** A sampled Gaussian. @param kernelSize odd @param sigma pixels */
  gaussianBlur(pixels: P, width: number, kernelSize: number, sigma: number, border: Border): void;
}

/** Where a view is computed: room for its pixels, and the ops that are fastest there. */
export type Canvas =
  | { readonly type: 'float32'; readonly pixels: Float32Array; readonly ops: PixelOps<Float32Array> }
  | { readonly type: 'uint8'; readonly pixels: Uint8Array; readonly ops: PixelOps<Uint8Array> };
