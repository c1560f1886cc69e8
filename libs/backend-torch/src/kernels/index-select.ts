import * as tf from '@tensorflow/tfjs-core';
import { backend_util, upcastType, util } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel, through } from '../kernel.ts';
import type { Handle } from '../native.ts';

/** Gathering and scattering. An index outside its axis is an error, not a zero. */
export const indexKernels: readonly KernelConfig[] = [
  defineKernel<tf.GatherV2Inputs, tf.GatherV2Attrs>(
    tf.GatherV2,
    ({ x, indices }, { axis, batchDims }, backend) => {
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
    },
    'elements',
  ),
  defineKernel<tf.GatherNdInputs>(
    tf.GatherNd,
    ({ params, indices }, _, backend) => {
      const [shape] = backend_util.prepareAndValidate(params, indices);
      const leading = params.shape.slice(0, indices.shape.at(-1) ?? 0);
      const rows = backend.native.gatherNd(backend.handle(params), backend.handle(indices), leading);
      return backend.give(
        through(backend, rows, (h) => backend.native.reshape(h, shape)),
        shape,
        params.dtype,
      );
    },
    'elements',
  ),
  defineKernel<tf.ScatterNdInputs, tf.ScatterNdAttrs>(
    tf.ScatterNd,
    ({ indices, updates }, { shape }, backend) => {
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
    },
    'complex',
  ),
  defineKernel<tf.UnsortedSegmentSumInputs, tf.UnsortedSegmentSumAttrs>(
    tf.UnsortedSegmentSum,
    ({ x, segmentIds }, { numSegments }, backend) => {
      const handle = backend.native.segmentSum(backend.handle(x), backend.handle(segmentIds), numSegments);
      return backend.give(handle, [numSegments, ...x.shape.slice(1)], x.dtype);
    },
  ),
  defineKernel<tf.TensorScatterUpdateInputs>(
    tf.TensorScatterUpdate,
    ({ tensor, indices, updates }, _, backend) => {
      const { sliceRank } = backend_util.calculateShapes(updates, indices, tensor.shape);
      upcastType(tensor.dtype, updates.dtype); // throws if only one is of strings
      const [target, index, rows] = [tensor, indices, updates].map((t) => backend.handle(t)) as [
        Handle,
        Handle,
        Handle,
      ];
      const handle = backend.native.scatterUpdate(target, index, rows, tensor.shape.slice(0, sliceRank));
      return backend.give(handle, tensor.shape, tensor.dtype);
    },
    'elements',
  ),
  defineKernel<tf.SparseToDenseInputs, tf.SparseToDenseAttrs>(
    tf.SparseToDense,
    ({ sparseIndices, sparseValues, defaultValue }, { outputShape }, backend) => {
      const { native } = backend;
      upcastType(sparseValues.dtype, defaultValue.dtype);
      const { sliceRank } = backend_util.calculateShapes(sparseValues, sparseIndices, outputShape);
      const handle = through(backend, native.expand(backend.handle(defaultValue), outputShape), (filled) => {
        const [index, rows] = [backend.handle(sparseIndices), backend.handle(sparseValues)];
        return native.scatterUpdate(filled, index, rows, outputShape.slice(0, sliceRank));
      });
      return backend.give(handle, outputShape, sparseValues.dtype);
    },
    'elements',
  ),
  defineKernel<tf.SearchSortedInputs, tf.SearchSortedAttrs>(
    tf.SearchSorted,
    ({ sortedSequence, values }, { side }, backend) => {
      const [sequence, sought] = [backend.handle(sortedSequence), backend.handle(values)];
      return backend.give(backend.native.searchSorted(sequence, sought, side === 'right'), values.shape, 'int32');
    },
  ),
  defineKernel<tf.DiagInputs>(
    tf.Diag,
    ({ x }, _, backend) => {
      const { native } = backend;
      const shape = [...x.shape, ...x.shape];
      const handle = through(backend, native.diag(backend.handle(x)), (square) => native.reshape(square, shape));
      return backend.give(handle, shape, x.dtype);
    },
    'complex',
  ),
];
