import * as tf from '@tensorflow/tfjs-core';
import type { DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import type { Accepted } from '../kernel.ts';
import type { UnaryName } from '../native.ts';

interface X {
  x: TensorInfo;
}

/** An elementwise kernel; `dtype` undefined: the input's. */
function unary(kernelName: string, op: UnaryName, dtype?: DataType, accepted?: Accepted): KernelConfig {
  return defineKernel<X>(
    kernelName,
    ({ x }, _, backend) => backend.give(backend.native[op](backend.handle(x)), x.shape, dtype ?? x.dtype),
    accepted,
  );
}

const FLOAT: readonly (readonly [string, UnaryName])[] = [
  [tf.Exp, 'exp'],
  [tf.Expm1, 'expm1'],
  [tf.Log, 'log'],
  [tf.Log1p, 'log1p'],
  [tf.Sqrt, 'sqrt'],
  [tf.Rsqrt, 'rsqrt'],
  [tf.Reciprocal, 'reciprocal'],
  [tf.Sigmoid, 'sigmoid'],
  [tf.Softplus, 'softplus'],
  [tf.Tanh, 'tanh'],
  [tf.Sin, 'sin'],
  [tf.Cos, 'cos'],
  [tf.Tan, 'tan'],
  [tf.Asin, 'asin'],
  [tf.Acos, 'acos'],
  [tf.Atan, 'atan'],
  [tf.Sinh, 'sinh'],
  [tf.Cosh, 'cosh'],
  [tf.Asinh, 'asinh'],
  [tf.Acosh, 'acosh'],
  [tf.Atanh, 'atanh'],
  [tf.Erf, 'erf'],
  [tf.Elu, 'elu'],
  [tf.Selu, 'selu'],
];

const SAME: readonly (readonly [string, UnaryName])[] = [
  [tf.Abs, 'abs'],
  [tf.Sign, 'sign'],
  [tf.Floor, 'floor'],
  [tf.Ceil, 'ceil'],
  [tf.Round, 'round'],
  [tf.Relu, 'relu'],
  [tf.Relu6, 'relu6'],
];

const BOOL: readonly (readonly [string, UnaryName])[] = [
  [tf.IsNan, 'isNan'],
  [tf.IsInf, 'isInf'],
  [tf.IsFinite, 'isFinite'],
  [tf.LogicalNot, 'logicalNot'],
];

/** Elementwise kernels of one tensor. */
export const unaryKernels: readonly KernelConfig[] = [
  ...FLOAT.map(([name, op]) => unary(name, op, 'float32')),
  ...SAME.map(([name, op]) => unary(name, op)),
  unary(tf.Neg, 'neg', undefined, 'complex'),
  unary(tf.Square, 'square', undefined, 'complex'),
  unary(tf.ComplexAbs, 'abs', 'float32', 'complex'),
  ...BOOL.map(([name, op]) => unary(name, op, 'bool')),
  defineKernel<X, tf.LeakyReluAttrs>(tf.LeakyRelu, ({ x }, { alpha }, backend) => {
    return backend.give(backend.native.leakyRelu(backend.handle(x), alpha), x.shape, 'float32');
  }),
  defineKernel<X, tf.ClipByValueAttrs>(tf.ClipByValue, ({ x }, { clipValueMin, clipValueMax }, backend) => {
    return backend.give(backend.native.clip(backend.handle(x), clipValueMin, clipValueMax), x.shape, x.dtype);
  }),
  defineKernel<X, tf.StepAttrs>(tf.Step, ({ x }, { alpha }, backend) => {
    return backend.give(backend.native.step(backend.handle(x), alpha), x.shape, x.dtype);
  }),
  defineKernel<tf.SoftmaxInputs, tf.SoftmaxAttrs>(tf.Softmax, ({ logits }, { dim }, backend) => {
    return backend.give(backend.native.softmax(backend.handle(logits), dim), logits.shape, 'float32');
  }),
  defineKernel<tf.LogSoftmaxInputs, tf.LogSoftmaxAttrs>(tf.LogSoftmax, ({ logits }, { axis }, backend) => {
    return backend.give(backend.native.logSoftmax(backend.handle(logits), axis), logits.shape, 'float32');
  }),
];
