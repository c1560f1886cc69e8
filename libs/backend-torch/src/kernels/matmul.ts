import * as tf from '@tensorflow/tfjs-core';
import { backend_util, broadcast_util, upcastType } from '@tensorflow/tfjs-core';
import type { KernelConfig, NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { TensorFlowError, TorchBackendError } from '../errors.ts';
import { defineKernel, listed, through } from '../kernel.ts';

function productShape(a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): number[] {
  const rows = a.shape.at(transposeA ? -1 : -2) ?? 1;
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 1;
  return [...broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
}

/** tfjs's own checks, which say what is wrong; what tfjs has not implemented, libtorch has. */
function checkEquation(equation: string, all: readonly TensorInfo[]): void {
  try {
    const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, all.length);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it reads their shapes only
    backend_util.checkEinsumDimSizes(allDims.length, idDims, all as Tensor[]);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    const { message } = error;
    if (!message.includes('not implemented')) throw new TensorFlowError(message, { cause: error });
  }
}

/** A vector would broadcast in libtorch; tfjs has other functions for it. */
function requireMatrices(...factors: readonly TensorInfo[]): void {
  for (const { shape } of factors) {
    if (shape.length >= 2) continue;
    throw new TorchBackendError(
      'TORCH_BAD_ARGUMENT',
      `a matrix product takes matrices, got the shape [${String(shape)}]; reshape first`,
    );
  }
}

/** Matrix products. In a bf16 scope, or with a bfloat16 operand, they compute in bfloat16 and stay so. */
export const matmulKernels: readonly KernelConfig[] = [
  defineKernel<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>(
    tf.BatchMatMul,
    ({ a, b }, { transposeA, transposeB }, backend) => {
      requireMatrices(a, b);
      const half = backend.half && a.dtype === 'float32';
      const handle = backend.native.matmul(backend.handle(a), backend.handle(b), transposeA, transposeB, half);
      return backend.give(handle, productShape(a, b, transposeA, transposeB), upcastType(a.dtype, b.dtype));
    },
    'complex',
  ),
  defineKernel<tf._FusedMatMulInputs, tf._FusedMatMulAttrs>(tf._FusedMatMul, (inputs, attrs, backend) => {
    const { a, b, bias, preluActivationWeights: alpha } = inputs;
    const { transposeA, transposeB, activation, leakyreluAlpha } = attrs;
    requireMatrices(a, b);
    const shape = productShape(a, b, transposeA, transposeB);
    const biasHandle = bias && backend.handle(bias);
    const name = activation === 'prelu' ? 'linear' : activation;
    const { native } = backend;
    const y = native.fusedMatmul(
      backend.handle(a),
      backend.handle(b),
      transposeA,
      transposeB,
      backend.half,
      biasHandle,
      name,
      leakyreluAlpha ?? 0.2,
    );
    if (activation !== 'prelu' || !alpha) return backend.give(y, shape, 'float32');
    return backend.give(
      through(backend, y, (linear) => native.prelu(linear, backend.handle(alpha))),
      shape,
      'float32',
    );
  }),
  defineKernel<NamedTensorInfoMap, tf.EinsumAttrs>(
    tf.Einsum,
    (inputs, { equation }, backend) => {
      const all = listed(inputs);
      checkEquation(equation, all);
      const handle = backend.native.einsum(
        all.map((t) => backend.handle(t)),
        equation,
      );
      return backend.give(
        handle,
        backend.native.shape(handle),
        all.map((t) => t.dtype).reduce((p, q) => upcastType(p, q)),
      );
    },
    'complex',
  ),
];
