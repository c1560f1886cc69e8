import * as tf from '@tensorflow/tfjs-core';

/** Where float64 ends and float32 does not: 1e8 + 1 - 1e8 is 1 in float64 and 0 in float32. */
const cancelling = [1e8, 1, -1e8];

/** Sums of every kind that `withExactSums` promises, each 1 or 2 where the engine sums in float64. */
export const exactSumsCases: readonly { name: string; compute: () => tf.Tensor; expected: readonly number[] }[] = [
  {
    name: 'a product of matrices',
    compute: () => tf.matMul(tf.tensor2d([cancelling]), tf.ones([3, 2])),
    expected: [1, 1],
  },
  {
    name: 'products of a batch, transposed',
    compute: () => tf.matMul(tf.tensor3d([...cancelling, 0, 0, 2], [2, 3, 1]), tf.ones([2, 3, 1]), true),
    expected: [1, 2],
  },
  {
    name: 'a convolution',
    compute: () => tf.conv2d(tf.tensor4d(cancelling, [1, 1, 1, 3]), tf.ones<tf.Rank.R4>([1, 1, 3, 1]), 1, 0),
    expected: [1],
  },
  {
    name: "a convolution's gradient by its filter",
    compute: () => {
      const x_BHWC = tf.tensor4d(cancelling, [1, 1, 3, 1]);
      return tf.grad((filter) => tf.conv2d(x_BHWC, filter as tf.Tensor4D, 1, 0))(tf.ones<tf.Rank.R4>([1, 1, 1, 1]));
    },
    expected: [1],
  },
  {
    name: "a convolution's gradient by its input",
    compute: () => {
      const filter = tf.tensor4d(cancelling, [1, 1, 1, 3]);
      return tf.grad((x) => tf.conv2d(x as tf.Tensor4D, filter, 1, 0))(tf.ones<tf.Rank.R4>([1, 1, 1, 1]));
    },
    expected: [1],
  },
];
