import { toFloat32, tryKernel } from '@tessera/engine';
import {
  broadcastTo,
  customGrad,
  maxPool,
  mean,
  mul,
  reshape,
  tidy,
  type GradSaveFunc,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';

/**
 * The pooling of the ImageNet stem: 3x3, stride 2. Padding never wins (-inf).
 * @param padding `torch`: one pixel on every side; `tensorflow`: `SAME`, which on even sizes pads below and on the right only
 */
export function stemMaxPool(x_BHWC: Tensor4D, padding: 'torch' | 'tensorflow' = 'torch'): Tensor4D {
  if (padding === 'torch') return maxPool(x_BHWC, 3, 2, 1);
  return maxPool(x_BHWC, 3, 2, 'same');
}

/** Mean over height and width, in float32. [B, H, W, C] -> [B, C] */
export function globalAveragePool(x_BHWC: Tensor4D): Tensor2D {
  const operation = customGrad<Tensor2D>((...args) => {
    const [x, save] = args as [Tensor4D, GradSaveFunc];
    // Only its shape and physical type are needed; the data lives on in the layer before.
    save([x]);
    const y_BC = tryKernel('TesseraGlobalAvgPool', { x })?.[0] ?? mean(toFloat32(x), [1, 2]);
    return { value: y_BC as Tensor2D, gradFunc: (dy_BC, [saved]) => tidy(() => spread(dy_BC, saved as Tensor4D)) };
  });
  return operation(x_BHWC);
}

/** Each pixel gets its share. */
function spread(dy_BC: Tensor2D, x_BHWC: Tensor4D): Tensor {
  const [batch, height, width, channels] = x_BHWC.shape;
  const share = (): Tensor4D => reshape(mul(dy_BC, 1 / (height * width)), [batch, 1, 1, channels]);
  return tryKernel('TesseraGlobalAvgPoolGrad', { dy: dy_BC, x: x_BHWC })?.[0] ?? broadcastTo(share(), x_BHWC.shape);
}
