import { maxPool, mean, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';

/** The pooling of the ImageNet stem: 3x3, stride 2, one pixel of padding that never wins (-inf, as in torch). */
export function stemMaxPool(x_BHWC: Tensor4D): Tensor4D {
  return maxPool(x_BHWC, 3, 2, 1);
}

/** Mean over height and width. [B, H, W, C] -> [B, C] */
export function globalAveragePool(x_BHWC: Tensor4D): Tensor2D {
  return mean<Tensor2D>(x_BHWC, [1, 2]);
}
