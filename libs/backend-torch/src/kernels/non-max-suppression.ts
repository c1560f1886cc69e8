import * as tf from '@tensorflow/tfjs-core';
import { kernel_impls } from '@tensorflow/tfjs-core';
import type { DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { nativeDtype } from '../backend.ts';
import type { TorchBackend } from '../backend.ts';
import { TorchBackendError } from '../errors.ts';
import { defineKernel, through } from '../kernel.ts';

interface Inputs {
  boxes: TensorInfo;
  scores: TensorInfo;
}

/** Each choice depends on the one before: the numbers come to JavaScript, where tfjs's own loop runs. */
function read(backend: TorchBackend, { boxes, scores }: Inputs): [Float32Array, Float32Array] {
  if (
    boxes.shape.length !== 2 ||
    boxes.shape[1] !== 4 ||
    scores.shape.length !== 1 ||
    scores.shape[0] !== boxes.shape[0]
  ) {
    throw new TorchBackendError(
      'TORCH_BAD_ARGUMENT',
      `boxes are [N, 4] with a score each, got [${String(boxes.shape)}] and [${String(scores.shape)}]`,
    );
  }
  return [boxes, scores].map((t) => {
    backend.handle(t);
    return Float32Array.from(backend.readSync(t.dataId) as Float32Array);
  }) as [Float32Array, Float32Array];
}

function give(backend: TorchBackend, values: readonly number[], shape: number[], dtype: DataType): TensorInfo {
  const typed = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  return { dataId: backend.write(typed, shape, dtype), shape, dtype };
}

/** Non-maximum suppression: which boxes to keep, best first. */
export const nonMaxSuppressionKernels: readonly KernelConfig[] = [
  defineKernel<Inputs, tf.NonMaxSuppressionV3Attrs>(tf.NonMaxSuppressionV3, (inputs, attrs, backend) => {
    const { maxOutputSize, iouThreshold, scoreThreshold } = attrs;
    const [boxes, scores] = read(backend, inputs);
    const { selectedIndices } = kernel_impls.nonMaxSuppressionV3Impl(
      boxes,
      scores,
      maxOutputSize,
      iouThreshold,
      scoreThreshold,
    );
    return give(backend, selectedIndices, [selectedIndices.length], 'int32');
  }),
  defineKernel<Inputs, tf.NonMaxSuppressionV4Attrs>(tf.NonMaxSuppressionV4, (inputs, attrs, backend) => {
    const { maxOutputSize, iouThreshold, scoreThreshold, padToMaxOutputSize } = attrs;
    const [boxes, scores] = read(backend, inputs);
    // padded below, where a size that memory does not hold is an error
    const { selectedIndices, validOutputs = 0 } = kernel_impls.nonMaxSuppressionV4Impl(
      boxes,
      scores,
      maxOutputSize,
      iouThreshold,
      scoreThreshold,
      false,
    );
    const chosen = backend.native.fromMemory(
      Int32Array.from(selectedIndices),
      [selectedIndices.length],
      nativeDtype('int32'),
      backend.device,
    );
    const size = padToMaxOutputSize ? maxOutputSize : selectedIndices.length;
    const indices = through(backend, chosen, (h) => backend.native.pad(h, [0, size - selectedIndices.length], 0));
    return [backend.give(indices, [size], 'int32'), give(backend, [validOutputs], [], 'int32')];
  }),
  defineKernel<Inputs, tf.NonMaxSuppressionV5Attrs>(tf.NonMaxSuppressionV5, (inputs, attrs, backend) => {
    const { maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma } = attrs;
    const [boxes, scores] = read(backend, inputs);
    const { selectedIndices, selectedScores = [] } = kernel_impls.nonMaxSuppressionV5Impl(
      boxes,
      scores,
      maxOutputSize,
      iouThreshold,
      scoreThreshold,
      softNmsSigma,
    );
    return [
      give(backend, selectedIndices, [selectedIndices.length], 'int32'),
      give(backend, selectedScores, [selectedScores.length], 'float32'),
    ];
  }),
];
