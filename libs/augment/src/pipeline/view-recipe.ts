import { fold, stream, type Json, type RandomKey, type RgbImage } from '@tessera/core';
import type { Interpolation } from '../ops/resample-weights.ts';
import { resizedCrop, type CropBox } from '../ops/resized-crop.ts';
import { sampleCrop } from './crop-plan.ts';
import type { ViewOp } from './view-op.ts';

/** The distribution that a view is drawn from: a crop, resized to a square, then ops in this order. */
export interface ViewRecipe {
  /** Side of the view, pixels. */
  readonly size: number;
  /** Ranges of the box's share of the area and of its width / height; null: the whole image. */
  readonly crop: { readonly scale: readonly [number, number]; readonly ratio: readonly [number, number] } | null;
  readonly interpolation: Interpolation;
  readonly ops: readonly ViewOp[];
}

/** The draws of one view: plain JSON. A type, not an interface, so that it is assignable to Json. */
export type ViewPlan = {
  readonly crop: { readonly top: number; readonly left: number; readonly height: number; readonly width: number };
  /** What each op drew; null: not applied. */
  readonly ops: readonly Json[];
};

/** Draws one view. @param key of (seed, epoch, sample, view) @param batchKey of (seed, epoch, batch, view) */
export function sampleView(
  recipe: ViewRecipe,
  key: RandomKey,
  batchKey: RandomKey,
  width: number,
  height: number,
): ViewPlan {
  const random = stream(key);
  const box: CropBox = recipe.crop
    ? sampleCrop(random, width, height, recipe.crop.scale, recipe.crop.ratio)
    : { top: 0, left: 0, height, width };
  const crop = { top: box.top, left: box.left, height: box.height, width: box.width };
  return { crop, ops: recipe.ops.map((op, index) => op.sample({ random, batch: stream(fold(batchKey, index)) })) };
}

/** Computes one view. @param out [size, size, 3], interleaved, nominally in [0, 1] */
export function applyView(image: RgbImage, plan: ViewPlan, recipe: ViewRecipe, out: Float32Array): void {
  const { size, interpolation, ops } = recipe;
  resizedCrop(image, plan.crop, size, size, interpolation, out);
  ops.forEach((op, index) => {
    const drawn = plan.ops[index] ?? null;
    if (drawn !== null) op.apply(out, size, drawn);
  });
}
