import * as tf from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel, through } from '../kernel.ts';

/** Gathering and scattering. An index outside its axis is an error, not a zero. */
export const indexKernels: readonly KernelConfig[] = [
  defineKernel<tf.GatherV2Inputs, tf.GatherV2Attrs>(tf.GatherV2, ({ x, indices }, { axis, batchDims }, backend) => {
    const { native } = backend;
    const [along = 0] = util.parseAxisParam(axis, x.shape);
    const info = backend_util.segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
    const index = backend.handle(indices);
    const rows =
      batchDims === 0
        ? native.indexSelect(backend.handle(x), index, along)
        : through(backend, native.reshape(backend.handle(x), [batchSize, outerSize, dimSize, sliceSize]), (flat) =>
            through(backend, native.reshape(index, [batchSize, util.sizeFromShape(indices.shape) / batchSize]), (i) =>
              native.batchGather(flat, i),
            ),
          );
    return backend.give(
      through(backend, rows, (h) => native.reshape(h, outputShape)),
      outputShape,
      x.dtype,
    );
  }),
  defineKernel<tf.GatherNdInputs>(tf.GatherNd, ({ params, indices }, _, backend) => {
    const [shape] = backend_util.prepareAndValidate(params, indices);
    const leading = params.shape.slice(0, indices.shape.at(-1) ?? 0);
    const rows = backend.native.gatherNd(backend.handle(params), backend.handle(indices), leading);
    return backend.give(
      through(backend, rows, (h) => backend.native.reshape(h, shape)),
      shape,
      params.dtype,
    );
  }),
  defineKernel<tf.ScatterNdInputs, tf.ScatterNdAttrs>(tf.ScatterNd, ({ indices, updates }, { shape }, backend) => {
    const { sliceRank, sliceSize } = backend_util.calculateShapes(updates, indices, shape);
    const { native } = backend;
    const flat = native.scatterNd(
      backend.handle(indices),
      backend.handle(updates),
      shape.slice(0, sliceRank),
      sliceSize,
    );
    return backend.give(
      through(backend, flat, (h) => native.reshape(h, shape)),
      shape,
      updates.dtype,
    );
  }),
  defineKernel<tf.UnsortedSegmentSumInputs, tf.UnsortedSegmentSumAttrs>(
    tf.UnsortedSegmentSum,
    ({ x, segmentIds }, { numSegments }, backend) => {
      const handle = backend.native.segmentSum(backend.handle(x), backend.handle(segmentIds), numSegments);
      return backend.give(handle, [numSegments, ...x.shape.slice(1)], x.dtype);
    },
  ),
];
