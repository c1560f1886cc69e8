import { sqrt, square, sum, type Scalar, type Tensor } from '@tensorflow/tfjs-core';

/** Euclidean norm of all entries, on the engine. */
export function l2Norm(x: Tensor): Scalar {
  return sqrt(sum<Scalar>(square(x)));
}
