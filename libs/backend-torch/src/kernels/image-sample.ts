import * as tf from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';

/** Opaque: what a rotation by a colour puts into a fourth channel. */
const OPAQUE = 255;

/** Kernels that sample NHWC images at computed places. */
export const imageSampleKernels: readonly KernelConfig[] = [
  defineKernel<tf.CropAndResizeInputs, tf.CropAndResizeAttrs>(
    tf.CropAndResize,
    ({ image, boxes, boxInd }, { cropSize, method, extrapolationValue }, backend) => {
      const [height, width] = cropSize;
      const handle = backend.native.cropAndResize(
        backend.handle(image),
        backend.handle(boxes),
        backend.handle(boxInd),
        height,
        width,
        method === 'nearest',
        extrapolationValue,
      );
      return backend.give(handle, [boxes.shape[0] ?? 0, height, width, image.shape[3] ?? 0], 'float32');
    },
  ),
  defineKernel<tf.TransformInputs, tf.TransformAttrs>(tf.Transform, ({ image, transforms }, attrs, backend) => {
    const [batch = 0, imageHeight = 0, imageWidth = 0, channels = 0] = image.shape;
    const { interpolation, fillMode, fillValue, outputShape } = attrs;
    // tfjs passes null where the caller gives no shape
    const [height, width] = (outputShape as [number, number] | null | undefined) ?? [imageHeight, imageWidth];
    const handle = backend.native.transform(
      backend.handle(image),
      backend.handle(transforms),
      height,
      width,
      interpolation === 'nearest',
      fillMode,
      fillValue,
    );
    return backend.give(handle, [batch, height, width, channels], image.dtype);
  }),
  defineKernel<tf.RotateWithOffsetInputs, tf.RotateWithOffsetAttrs>(
    tf.RotateWithOffset,
    ({ image }, { radians, fillValue, center }, backend) => {
      const [, height = 0, width = 0, channels = 0] = image.shape;
      const [x, y] = backend_util.getImageCenter(center, height, width);
      const fill = Array.from({ length: channels }, (_, channel) => {
        if (typeof fillValue === 'number') return fillValue;
        return channel === 3 ? OPAQUE : (fillValue[channel] ?? NaN);
      });
      const handle = backend.native.rotate(backend.handle(image), Math.sin(radians), Math.cos(radians), x, y, fill);
      return backend.give(handle, image.shape, image.dtype);
    },
  ),
  defineKernel<tf.FlipLeftRightInputs>(tf.FlipLeftRight, ({ image }, _, backend) => {
    return backend.give(backend.native.flip(backend.handle(image), [2]), image.shape, image.dtype);
  }),
];
