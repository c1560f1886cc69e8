import type { Encoder, Forward, ViewGroup } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** One batch of augmented views, as {@link extractViewFeatures} wants it. */
export interface ViewBatch {
  /** One entry a resolution; the pixels are disposed by {@link extractViewFeatures}. */
  readonly groups: readonly ViewGroup[];
  /** Images. */
  readonly images: number;
  /** Hands the batch's buffers back. */
  release(): void;
}

/**
 * Frozen features of views in float32, images in the order of the batches.
 * @param forward an evaluation forward: running statistics, updates that are thrown away
 * @param size number of images that the batches hold together, at most
 * @param views how many of an image's views are wanted, in the order of the groups; at most those that there are
 * @returns for each view [N, D]; the caller owns them
 */
export async function extractViewFeatures(
  encoder: Encoder,
  batches: AsyncIterable<ViewBatch>,
  { forward, size, views }: { readonly forward: Forward; readonly size: number; readonly views: number },
): Promise<Tensor2D[]> {
  const width = encoder.featureDim;
  const values: Float32Array[] = [];
  let row = 0;
  for await (const batch of batches) {
    const { groups, images } = batch;
    try {
      let first = 0;
      for (const { count, pixels } of groups) {
        const wanted = Math.min(count, views - first);
        if (wanted <= 0) break;
        const h_RD = tf.tidy(() => encoder.apply(tf.slice(pixels, 0, wanted * images), forward));
        const rows = h_RD.dataSync<'float32'>();
        h_RD.dispose();
        for (let view = 0; view < wanted; view++) {
          const target = (values[first + view] ??= new Float32Array(size * width));
          target.set(rows.subarray(view * images * width, (view + 1) * images * width), row * width);
        }
        first += wanted;
      }
      row += images;
    } finally {
      tf.dispose(groups.map(({ pixels }) => pixels));
      batch.release();
    }
  }
  return values.map((all) => tf.tensor2d(all.subarray(0, row * width), [row, width]));
}
