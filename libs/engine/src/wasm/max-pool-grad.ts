import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

interface MaxPoolGradAttrs {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: Parameters<typeof tf.backend_util.computePool2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * dy goes to the largest pixel of its window, the first one of equals. tfjs's own starts its search at the smallest positive float, so a
 * window without a positive pixel (common after a relu) sends its dy to the first pixel of the batch.
 */
function maxPoolGrad(backend: WasmBackend, dy: TensorInfo, x: TensorInfo, attrs: MaxPoolGradAttrs): TensorInfo {
  const shape = x.shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(
    shape,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const { inHeight, inWidth, outHeight, outWidth, inChannels: C } = info;
  const dx = backend.makeOutput(x.shape, 'float32');
  const pixels = backend.typedArrayFromHeap(x);
  const upstream = backend.typedArrayFromHeap(dy);
  const gradient = backend.typedArrayFromHeap(dx).fill(0);
  let from = 0;
  for (let b = 0; b < info.batchSize; b++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * info.strideHeight - info.padInfo.top;
      const [rowStart, rowEnd] = [Math.max(0, top), Math.min(inHeight, top + info.filterHeight)];
      for (let column = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - info.padInfo.left;
        const [columnStart, columnEnd] = [Math.max(0, left), Math.min(inWidth, left + info.filterWidth)];
        for (let c = 0; c < C; c++, from++) {
          let best = -1;
          let most = -Infinity;
          for (let h = rowStart; h < rowEnd; h++) {
            for (let w = columnStart; w < columnEnd; w++) {
              const at = ((b * inHeight + h) * inWidth + w) * C + c;
              const value = pixels[at] ?? 0;
              if (value > most) [most, best] = [value, at];
            }
          }
          if (best >= 0) gradient[best] = (gradient[best] ?? 0) + (upstream[from] ?? 0);
        }
      }
    }
  }
  return dx;
}

export const maxPoolGradConfig: KernelConfig = {
  kernelName: tf.MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) =>
    maxPoolGrad(
      backend as WasmBackend,
      inputs['dy'] as TensorInfo,
      inputs['input'] as TensorInfo,
      attrs as unknown as MaxPoolGradAttrs,
    ),
};
