import * as tf from '@tensorflow/tfjs-core';
import { backend_util, upcastType, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { TensorFlowError } from '../errors.ts';
import { defineKernel, through } from '../kernel.ts';
import { listable } from '../limits.ts';
import { readIntegers, readShape, takeRows } from './host.ts';

const bad = (message: string): TensorFlowError => new TensorFlowError(message);
const { RowPartitionType } = backend_util;

/** One ragged dimension: of each element the number of its row, in ascending order. */
type RowIds = Int32Array;

interface Partition {
  readonly firstDimension: number;
  readonly levels: readonly RowIds[];
}

function readPartition(backend: TorchBackend, tensors: readonly TensorInfo[], typeNames: readonly string[]): Partition {
  const types = backend_util.getRowPartitionTypesHelper([...typeNames]);
  const values = tensors.map((tensor) => readIntegers(backend, tensor));
  const none = new Int32Array();
  const [first] = types;
  if (first === RowPartitionType.FIRST_DIM_SIZE) {
    return {
      firstDimension: values[0]?.[0] ?? 0,
      levels: types.slice(1).map((type, i) => rowIdsOf(type, values[i + 1] ?? none)),
    };
  }
  if (first !== RowPartitionType.ROW_SPLITS) throw bad(`Cannot handle ${typeNames[0] ?? 'no'} row partition first`);
  return {
    firstDimension: Math.max(0, (values[0]?.length ?? 0) - 1),
    levels: types.map((type, i) => rowIdsOf(type, values[i] ?? none)),
  };
}

function rowIdsOf(type: backend_util.RowPartitionType, values: Int32Array): RowIds {
  if (type === RowPartitionType.VALUE_ROWIDS) return values;
  if (type !== RowPartitionType.ROW_SPLITS) throw bad(`Unsupported partition type: ${RowPartitionType[type]}`);
  const first = values[0] ?? 0;
  values.forEach((end, i) => {
    if (end < (values[i - 1] ?? first)) throw bad('Ragged splits must be sorted in ascending order');
  });
  const rowIds = new Int32Array(listable((values.at(-1) ?? 0) - first));
  values.forEach((end, i) => rowIds.fill(i - 1, (values[i - 1] ?? first) - first, end - first));
  return rowIds;
}

/** The column of each element: how many stand before it in its row. */
function columnsOf(rowIds: RowIds): Int32Array {
  let column = 0;
  return rowIds.map((row, i) => (column = i > 0 && rowIds[i - 1] === row ? column + 1 : 0));
}

function outputShape(backend: TorchBackend, shape: TensorInfo, values: TensorInfo, partition: Partition): number[] {
  const wanted = readShape(backend, shape);
  if (shape.shape.length === 0 && wanted[0] !== -1) {
    throw bad('The only valid scalar shape tensor is the fully unknown shape specified as -1.');
  }
  for (const size of wanted) if (size < -1) throw bad(`Dimension ${size} must be >= -1`);
  const known = shape.shape.length === 0 ? [] : wanted;
  const { firstDimension, levels } = partition;
  const combined = backend_util.combineRaggedTensorToTensorShapes(levels.length, known, values.shape);
  const widths = levels.map((rowIds) => columnsOf(rowIds).reduce((most, column) => Math.max(most, column + 1), 0));
  return combined.map((size, axis) => (size >= 0 ? size : ([firstDimension, ...widths][axis] ?? 0)));
}

/** The row of the dense result that each value goes to, or -1 where it does not fit in. */
function placesOf({ firstDimension, levels }: Partition, shape: readonly number[]): Float64Array {
  let places = new Float64Array(listable(firstDimension)).map((_, row) => (row < (shape[0] ?? 0) ? row : -1));
  levels.forEach((rowIds, level) => {
    const width = shape[level + 1] ?? 0;
    const parents = places;
    places = Float64Array.from(columnsOf(rowIds), (column, i) => {
      const row = rowIds[i] ?? 0;
      const parent = parents[row];
      if (parent === undefined) throw bad(`Got nextValueRowId=${row} which is not less than ${parents.length}`);
      return parent < 0 || column >= width ? -1 : parent * width + column;
    });
  });
  return places;
}

/** A ragged tensor as a dense one: short rows are filled up with the default value, long ones cut. */
export const raggedToTensor: KernelConfig = defineKernel<tf.RaggedTensorToTensorInputs, tf.RaggedTensorToTensorAttrs>(
  tf.RaggedTensorToTensor,
  ({ shape, values, defaultValue, rowPartitionTensors }, { rowPartitionTypes }, backend) => {
    const { native } = backend;
    const partition = readPartition(backend, rowPartitionTensors, rowPartitionTypes);
    upcastType(values.dtype, defaultValue.dtype); // throws if only one is of strings
    backend_util.validateDefaultValueShape(defaultValue.shape, values.shape);
    const dense = outputShape(backend, shape, values, partition);
    const places = placesOf(partition, dense);
    if (places.length !== values.shape[0])
      throw bad(`the row partition is of ${places.length} values, got ${values.shape[0] ?? 0}`);
    const kept = Int32Array.from(places.keys()).filter((i) => (places[i] ?? -1) >= 0);
    const rows = util.sizeFromShape(dense.slice(0, partition.levels.length + 1));
    const targets = native.fromMemory(
      kept.map((i) => places[i] ?? 0),
      [kept.length, 1],
      1,
      backend.device,
    );
    const handle = through(backend, targets, (indices) =>
      through(backend, takeRows(backend, backend.handle(values), kept), (updates) =>
        through(backend, native.expand(backend.handle(defaultValue), dense), (filled) =>
          native.scatterUpdate(filled, indices, updates, [rows]),
        ),
      ),
    );
    return backend.give(handle, dense, values.dtype);
  },
  'elements',
);
