import * as tf from '@tensorflow/tfjs-core';
import { backend_util, upcastType } from '@tensorflow/tfjs-core';
import type { DataType, KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel, listed } from '../kernel.ts';
import type { Accepted } from '../kernel.ts';
import type { BinaryName } from '../native.ts';

/** A broadcasting kernel; `dtype` undefined: the inputs'. */
function binary(kernelName: string, op: BinaryName, dtype?: DataType, accepted?: Accepted): KernelConfig {
  return defineKernel<tf.BinaryInputs>(
    kernelName,
    ({ a, b }, _, backend) => {
      const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const common = upcastType(a.dtype, b.dtype); // throws if only one is of strings
      return backend.give(backend.native[op](backend.handle(a), backend.handle(b)), shape, dtype ?? common);
    },
    accepted,
  );
}

/** Complex numbers too. */
const ARITHMETIC: readonly (readonly [string, BinaryName])[] = [
  [tf.Add, 'add'],
  [tf.Sub, 'sub'],
  [tf.Multiply, 'mul'],
  [tf.SquaredDifference, 'squaredDifference'],
];

const SAME: readonly (readonly [string, BinaryName])[] = [
  [tf.Maximum, 'maximum'],
  [tf.Minimum, 'minimum'],
  [tf.Mod, 'mod'],
  [tf.Pow, 'pow'],
];

/** Strings too. */
const COMPARISON: readonly (readonly [string, BinaryName])[] = [
  [tf.Equal, 'equal'],
  [tf.NotEqual, 'notEqual'],
  [tf.Greater, 'greater'],
  [tf.GreaterEqual, 'greaterEqual'],
  [tf.Less, 'less'],
  [tf.LessEqual, 'lessEqual'],
];

const LOGICAL: readonly (readonly [string, BinaryName])[] = [
  [tf.LogicalAnd, 'logicalAnd'],
  [tf.LogicalOr, 'logicalOr'],
  [tf.LogicalXor, 'logicalXor'],
];

/** Elementwise kernels of two tensors or more. */
export const binaryKernels: readonly KernelConfig[] = [
  ...ARITHMETIC.map(([name, op]) => binary(name, op, undefined, 'complex')),
  ...SAME.map(([name, op]) => binary(name, op)),
  ...COMPARISON.map(([name, op]) => binary(name, op, 'bool', 'elements')),
  ...LOGICAL.map(([name, op]) => binary(name, op, 'bool')),
  binary(tf.BitwiseAnd, 'bitwiseAnd', 'int32'),
  defineKernel<tf.RealDivInputs>(
    tf.RealDiv,
    ({ a, b }, _, backend) => {
      const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const dtype = upcastType(a.dtype, b.dtype) === 'complex64' ? 'complex64' : 'float32';
      return backend.give(backend.native.div(backend.handle(a), backend.handle(b)), shape, dtype);
    },
    'complex',
  ),
  binary(tf.FloorDiv, 'floorDiv', 'int32'), // of floats too, as on tfjs's other backends
  binary(tf.Atan2, 'atan2', 'float32'),
  defineKernel<tf.PreluInputs>(tf.Prelu, ({ x, alpha }, _, backend) => {
    return backend.give(backend.native.prelu(backend.handle(x), backend.handle(alpha)), x.shape, 'float32');
  }),
  defineKernel<tf.EluGradInputs>(tf.EluGrad, ({ dy, y }, _, backend) => {
    return backend.give(backend.native.eluGrad(backend.handle(dy), backend.handle(y)), y.shape, 'float32');
  }),
  defineKernel<tf.SelectInputs>(
    tf.Select,
    ({ condition, t, e }, _, backend) => {
      const dtype = upcastType(t.dtype, e.dtype);
      const handle = backend.native.select(backend.handle(condition), backend.handle(t), backend.handle(e));
      return backend.give(handle, t.shape, dtype);
    },
    'elements',
  ),
  defineKernel(
    tf.AddN,
    (inputs, _, backend) => {
      const all = listed(inputs);
      const first = all[0];
      const handle = backend.native.addN(all.map((t) => backend.handle(t)));
      return backend.give(
        handle,
        first?.shape ?? [],
        all.map((t) => t.dtype).reduce((p, q) => upcastType(p, q)),
      );
    },
    'complex',
  ),
];
