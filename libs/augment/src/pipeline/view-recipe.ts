import { fold, stream, type Json, type RandomKey } from '@tessera/core';
import type { Interpolation } from '../resample/resample-weights.ts';
import type { CropBox, SourcePixels } from '../resample/resized-crop.ts';
import type { Canvas } from '../workbench/canvas.ts';
import { floatOps } from '../workbench/reference-ops.ts';
import { sampleCrop } from './crop-plan.ts';
import { roundToBytes } from './round-to-bytes.ts';
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

/**
 * Computes one view.
 * @param canvas [size, size, 3], interleaved, floats nominally in [0, 1] or bytes, and the ops to compute it with
 * @param done called after the crop and after each op that was drawn, with its name
 */
export function applyView(
  image: SourcePixels,
  plan: ViewPlan,
  recipe: ViewRecipe,
  canvas: Canvas,
  done?: (stage: string) => void,
): void {
  const { size, interpolation, ops } = recipe;
  if (canvas.type === 'float32') canvas.ops.resizedCrop(image, plan.crop, size, size, interpolation, canvas.pixels);
  else canvas.ops.resizedCrop(image, plan.crop, size, size, interpolation, canvas.pixels);
  done?.('crop');
  ops.forEach((op, index) => {
    const drawn = plan.ops[index] ?? null;
    if (drawn === null) return;
    if (canvas.type === 'float32') op.apply(canvas.pixels, size, drawn, canvas.ops);
    else if (op.applyBytes) op.applyBytes(canvas.pixels, size, drawn, canvas.ops);
    else applyThroughFloats(op, canvas.pixels, size, drawn);
    done?.(op.name ?? `op ${index + 1}`);
  });
}

/** An op that knows no bytes: PIL has none of that name, so nothing says how to round but that it be done once. */
function applyThroughFloats(op: ViewOp, bytes: Uint8Array, size: number, drawn: Json): void {
  const floats = new Float32Array(bytes.length);
  for (let i = 0; i < floats.length; i++) floats[i] = (bytes[i] as number) / 255;
  op.apply(floats, size, drawn, floatOps);
  roundToBytes(floats, bytes);
}
