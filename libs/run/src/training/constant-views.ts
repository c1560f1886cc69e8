import type { EventBus, ViewGroup } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';

/** Pixels that differ by less are the same, in units of the full range. */
const SAME = 1e-4;
/** So many views of a batch may be of one colour: some data sets have empty images. */
const MOST = 0.9;

/** Warns where the views of a batch are of one colour each. */
export function warnOfConstantViews(bus: EventBus, views: readonly ViewGroup[]): void {
  const share = constantShare(views);
  if (share < MOST) return;
  bus.publish({
    type: 'warning',
    code: 'W_CONSTANT_IMAGES',
    message: `${share === 1 ? 'all' : `${Math.round(100 * share)} % of the`} views of the first batch are of one colour each: there is nothing in them to learn. Look at the images and at what the augmenter makes of them (tessera preview), and at data.normalize.`,
  });
}

function constantShare(views: readonly ViewGroup[]): number {
  return tf.tidy(() => {
    const counts = views.map(({ pixels }) => {
      const range_BC = tf.sub(tf.max(pixels, [1, 2]), tf.min(pixels, [1, 2]));
      return tf.sum<Scalar>(tf.cast(tf.less(tf.max(range_BC, 1), SAME), 'float32'));
    });
    const all = views.reduce((sum, { pixels }) => sum + pixels.shape[0], 0);
    return (tf.addN(counts).dataSync()[0] ?? 0) / all;
  });
}
