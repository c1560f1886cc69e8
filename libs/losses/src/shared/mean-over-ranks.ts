import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { float32Op } from '@tessera/engine';

/**
 * The value every rank reports, with the gradient of this rank's own mean: the trainer averages parameter gradients over ranks, and
 * `allGather` already sums the parts that cross ranks, so scaling here would count the average twice.
 */
export function meanOverRanks(loss: Scalar, collective: Collective): Scalar {
  if (collective.worldSize === 1) return loss;
  return float32Op<Scalar>(
    [loss],
    () => ({ value: tf.div(collective.allReduceSum(loss), collective.worldSize), saved: [] }),
    (dy) => [tf.clone(dy)],
  );
}
