/**
 * Who is who in a matrix of similarities between this rank's embeddings and those of all ranks.
 *
 * Shapes: N images and V views on this rank, R = V * N anchors (view-major), C = R * worldSize columns (rank-major, view-major inside a
 * rank: what `allGather` makes of view-major rows).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { TesseraError, type Collective } from '@tessera/core';

/** N of a view-major matrix. */
export function imagesPerView(z_RD: Tensor2D, views: number): number {
  const [rows] = z_RD.shape;
  if (!Number.isInteger(views) || views < 2 || rows % views !== 0 || rows === 0) {
    throw new TesseraError({
      code: 'E_VIEWS',
      message: `a contrastive loss got ${rows} embeddings for ${views} view(s) an image; it needs a whole number of views, at least two, with as many rows each`,
      next: 'Use an augmenter that makes two or more views of an image.',
    });
  }
  return rows / views;
}

/** Masks of 0 and 1, [R, C], float32. An anchor has V - 1 positives, told apart by `shift`: 1 is the next view, V - 1 the one before. */
export interface PairMasks {
  /** Columns of other images: all negatives that there are. */
  readonly otherImage_RC: Tensor2D;
  /** The one column that holds the anchor's image `shift` views on (counted round). */
  positive(shift: number): Tensor2D;
  /** Columns of the view that holds that positive. */
  viewOfPositive(shift: number): Tensor2D;
}

export function pairMasks(images: number, views: number, { rank, worldSize }: Collective): PairMasks {
  const rows = images * views;
  const viewOf = (i: number) => Math.floor((i % rows) / images);
  /** Over all ranks. */
  const imageOf = (i: number) => Math.floor(i / rows) * images + (i % images);
  const ofAnchors = (value: (anchor: number) => number): Tensor2D =>
    tf.tensor2d(
      Int32Array.from({ length: rows }, (_, i) => value(rank * rows + i)),
      [rows, 1],
      'int32',
    );
  const ofColumns = (value: (column: number) => number): Tensor2D =>
    tf.tensor2d(
      Int32Array.from({ length: rows * worldSize }, (_, i) => value(i)),
      [1, rows * worldSize],
      'int32',
    );
  const same = (anchors_R1: Tensor2D, columns_1C: Tensor2D): Tensor2D =>
    tf.cast(tf.equal<Tensor2D>(anchors_R1, columns_1C), 'float32');
  const positiveView = (shift: number) => (anchor: number) => (viewOf(anchor) + shift) % views;
  return {
    otherImage_RC: tf.sub(1, same(ofAnchors(imageOf), ofColumns(imageOf))),
    positive: (shift) =>
      same(
        ofAnchors((i) => imageOf(i) * views + positiveView(shift)(i)),
        ofColumns((i) => imageOf(i) * views + viewOf(i)),
      ),
    viewOfPositive: (shift) => same(ofAnchors(positiveView(shift)), ofColumns(viewOf)),
  };
}
