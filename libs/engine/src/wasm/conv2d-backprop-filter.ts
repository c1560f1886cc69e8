import * as tf from '@tensorflow/tfjs-core';
import type { Conv2DBackpropFilterAttrs, KernelConfig, Tensor4D } from '@tensorflow/tfjs-core';

/**
 * dW[u, v, i, o] = sum over b, h, w of x[b, h s + u - p, w s + v - p, i] dy[b, h, w, o] is itself a convolution: of x with images and
 * channels exchanged, by dy as a filter of the size of the picture, dilated by s. tfjs's wasm has a fast Conv2D (XNNPACK) and no filter
 * gradient, so the one is made of the other.
 */
function conv2DBackpropFilter(x: Tensor4D, dy: Tensor4D, attrs: Conv2DBackpropFilterAttrs): Tensor4D {
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs;
  if (dataFormat !== 'NHWC')
    throw new Error(`Conv2DBackpropFilter on wasm: data format ${dataFormat}; only NHWC is supported`);
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { top, left } = info.padInfo;
  // Only as much of the lower and right edge as some window reaches: the rest would widen the result beyond the filter.
  const bottom = (info.outHeight - 1) * info.strideHeight + info.filterHeight - info.inHeight - top;
  const right = (info.outWidth - 1) * info.strideWidth + info.filterWidth - info.inWidth - left;
  return tf.tidy(() => {
    const used = tf.slice4d(
      x,
      [0, 0, 0, 0],
      [info.batchSize, info.inHeight + Math.min(0, bottom), info.inWidth + Math.min(0, right), info.inChannels],
    );
    const dW_IUVO = tf.conv2d<Tensor4D>(
      tf.transpose(used, [3, 1, 2, 0]),
      tf.transpose(dy, [1, 2, 0, 3]),
      1,
      [
        [0, 0],
        [top, Math.max(0, bottom)],
        [left, Math.max(0, right)],
        [0, 0],
      ],
      'NHWC',
      [info.strideHeight, info.strideWidth],
    );
    return tf.transpose(dW_IUVO, [1, 2, 0, 3]);
  });
}

export const conv2DBackpropFilterConfig: KernelConfig = {
  kernelName: tf.Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) =>
    conv2DBackpropFilter(
      inputs['x'] as Tensor4D,
      inputs['dy'] as Tensor4D,
      attrs as unknown as Conv2DBackpropFilterAttrs,
    ),
};
