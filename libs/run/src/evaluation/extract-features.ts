import type { Encoder, FeatureSet, Forward } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** One batch of unaugmented images, as {@link extractFeatures} wants it. */
export interface EvaluationBatch {
  /** [B, H, W, C] float32 in the encoder's input range; disposed by {@link extractFeatures}. */
  readonly pixels: Tensor4D;
  /** Class of each image, -1 where it has none. */
  readonly labels: Int32Array;
  /** Hands the batch's buffers back. */
  readonly release: () => void;
}

/**
 * Frozen features of a data set in float32, in the order of the batches.
 * @param forward an evaluation forward: running statistics, updates that are thrown away
 * @param size number of images that the batches hold together
 * @returns a feature set that the caller owns
 */
export async function extractFeatures(
  encoder: Encoder,
  batches: AsyncIterable<EvaluationBatch>,
  { forward, size, classes }: { readonly forward: Forward; readonly size: number; readonly classes: number },
): Promise<FeatureSet> {
  const values = new Float32Array(size * encoder.featureDim);
  const labels = new Int32Array(size).fill(-1);
  let row = 0;
  for await (const batch of batches) {
    const h_BD = tf.tidy((): Tensor2D => encoder.apply(batch.pixels, forward));
    values.set(h_BD.dataSync<'float32'>(), row * encoder.featureDim);
    labels.set(batch.labels, row);
    row += batch.labels.length;
    tf.dispose([h_BD, batch.pixels]);
    batch.release();
  }
  return {
    features_ND: tf.tensor2d(values.subarray(0, row * encoder.featureDim), [row, encoder.featureDim]),
    labels: labels.subarray(0, row),
    classes,
  };
}
