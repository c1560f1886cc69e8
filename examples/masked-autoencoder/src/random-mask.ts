import { fold, stream, type Forward } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** Places of patches, 0 to T - 1, int32: each in one of the two. */
export interface Mask {
  /** [B, K] */
  readonly keep_BK: Tensor2D;
  /** [B, T - K] */
  readonly removed_BR: Tensor2D;
}

/** Patches that stay: `int(T * (1 - ratio))`, as in the reference code. */
export function keptOf(tokens: number, ratio: number): number {
  return Math.floor(tokens * (1 - ratio));
}

/**
 * The reference code sorts noise per image and keeps the first patches: a random permutation. Here it is drawn from the image's own stream of (seed, step,
 * sample), so an image has the same mask whatever else is in the batch, on however many processes, and in a second pass over the step.
 * @param images rows of the pass: the step's images once for each of their views, crop-major; each view has a mask of its own
 */
export function randomMask({ key, sampleIds }: Forward, images: number, tokens: number, ratio: number): Mask {
  const kept = keptOf(tokens, ratio);
  // Rows that are no training images have no id but their place.
  const ids = sampleIds.length > 0 ? sampleIds : Int32Array.from({ length: images }, (_, row) => row);
  const streams = Array.from(ids, (id) => stream(fold(key, 'mask', id)));
  const orders = Array.from({ length: images }, (_, row) => streams[row % ids.length]?.permutation(tokens) ?? []);
  const places = (from: number, to: number): Tensor2D =>
    tf.tensor2d(Int32Array.from(orders.flatMap((order) => [...order.slice(from, to)])), [images, to - from], 'int32');
  return { keep_BK: places(0, kept), removed_BR: places(kept, tokens) };
}
