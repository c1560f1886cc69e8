import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, through } from '../kernel.ts';
import { listable } from '../limits.ts';

interface Sampling {
  low: number[];
  high: number[];
  weight: number[];
}

/** For each output position along one axis: the two source positions and the weight of the second (tfjs's definition). */
function bilinear(inSize: number, outSize: number, alignCorners: boolean, halfPixelCenters: boolean): Sampling {
  const corners = alignCorners && outSize > 1;
  const scale = (corners ? inSize - 1 : inSize) / (corners ? outSize - 1 : outSize);
  const at = Array.from({ length: listable(outSize) }, (_, i) =>
    halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i,
  );
  const low = at.map((p) => Math.max(0, Math.floor(p)));
  return {
    low,
    high: at.map((p) => Math.min(inSize - 1, Math.ceil(p))),
    weight: at.map((p, i) => p - (low[i] ?? 0)),
  };
}

/** The source position of each output position along one axis. */
function nearest(inSize: number, outSize: number, alignCorners: boolean, halfPixelCenters: boolean): number[] {
  const corners = alignCorners && outSize > 1;
  const scale = (corners ? inSize - 1 : inSize) / (corners ? outSize - 1 : outSize);
  return Array.from({ length: listable(outSize) }, (_, i) => {
    const at = halfPixelCenters ? scale * (i + 0.5) : scale * i;
    return Math.min(inSize - 1, alignCorners ? Math.round(at) : Math.floor(at));
  });
}

const resized = (images: TensorInfo, [height, width]: readonly number[]): number[] => [
  images.shape[0] ?? 0,
  height ?? 0,
  width ?? 0,
  images.shape[3] ?? 0,
];

/** Resizing NHWC images, one axis after the other. */
export const imageKernels: readonly KernelConfig[] = [
  defineKernel<tf.ResizeBilinearInputs, tf.ResizeBilinearAttrs>(tf.ResizeBilinear, ({ images }, attrs, backend) => {
    const { alignCorners, halfPixelCenters, size } = attrs;
    const { native } = backend;
    const shape = resized(images, size);
    const [y, x] = [1, 2].map((axis) =>
      bilinear(images.shape[axis] ?? 0, size[axis - 1] ?? 0, alignCorners, halfPixelCenters),
    ) as [Sampling, Sampling];
    const rows = native.interpolate(backend.handle(images), 1, y.low, y.high, y.weight);
    const handle = through(backend, rows, (h) => native.interpolate(h, 2, x.low, x.high, x.weight));
    return backend.give(handle, shape, 'float32');
  }),
  defineKernel<tf.ResizeBilinearGradInputs, tf.ResizeBilinearGradAttrs>(
    tf.ResizeBilinearGrad,
    ({ images, dy }, attrs, backend) => {
      const { native } = backend;
      const [, inHeight = 0, inWidth = 0] = images.shape;
      const [, outHeight = 0, outWidth = 0] = dy.shape;
      const { alignCorners, halfPixelCenters } = attrs;
      const y = bilinear(inHeight, outHeight, alignCorners, halfPixelCenters);
      const x = bilinear(inWidth, outWidth, alignCorners, halfPixelCenters);
      const columns = native.interpolateGrad(backend.handle(dy), 2, x.low, x.high, x.weight, inWidth);
      const handle = through(backend, columns, (h) => native.interpolateGrad(h, 1, y.low, y.high, y.weight, inHeight));
      return backend.give(handle, images.shape, 'float32');
    },
  ),
  defineKernel<tf.ResizeNearestNeighborInputs, tf.ResizeNearestNeighborAttrs>(
    tf.ResizeNearestNeighbor,
    ({ images }, attrs, backend) => {
      const { alignCorners, halfPixelCenters, size } = attrs;
      const { native } = backend;
      const shape = resized(images, size);
      const y = nearest(images.shape[1] ?? 0, size[0], alignCorners, halfPixelCenters);
      const x = nearest(images.shape[2] ?? 0, size[1], alignCorners, halfPixelCenters);
      const handle = through(backend, native.take(backend.handle(images), 1, y), (h) => native.take(h, 2, x));
      return backend.give(handle, shape, images.dtype);
    },
  ),
  defineKernel<tf.ResizeNearestNeighborGradInputs, tf.ResizeNearestNeighborGradAttrs>(
    tf.ResizeNearestNeighborGrad,
    ({ images, dy }, attrs, backend) => {
      const { native } = backend;
      const [, inHeight = 0, inWidth = 0] = images.shape;
      const [, outHeight = 0, outWidth = 0] = dy.shape;
      const { alignCorners, halfPixelCenters } = attrs;
      const y = nearest(inHeight, outHeight, alignCorners, halfPixelCenters);
      const x = nearest(inWidth, outWidth, alignCorners, halfPixelCenters);
      const handle = through(backend, native.takeGrad(backend.handle(dy), 2, x, inWidth), (h) =>
        native.takeGrad(h, 1, y, inHeight),
      );
      return backend.give(handle, images.shape, 'float32');
    },
  ),
];
