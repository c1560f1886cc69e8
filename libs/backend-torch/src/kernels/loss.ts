import { util } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import {
  TESSERA_LOG_SUM_EXP,
  TESSERA_LOG_SUM_EXP_GRAD,
  TESSERA_NT_XENT,
  TESSERA_SOFTMAX_CROSS_ENTROPY,
  TESSERA_SOFTMAX_CROSS_ENTROPY_GRAD,
} from '../kernel-specs.ts';
import type {
  LogSumExpAttrs,
  LogSumExpGradAttrs,
  LogSumExpGradInputs,
  NtXentAttrs,
  NtXentInputs,
  SoftmaxCrossEntropyAttrs,
  SoftmaxCrossEntropyGradInputs,
  SoftmaxCrossEntropyInputs,
  XInput,
} from '../kernel-specs.ts';

/** Losses and their gradients, in float32 whatever the precision of the step. */
export const lossKernels: readonly KernelConfig[] = [
  defineKernel<XInput, LogSumExpAttrs>(TESSERA_LOG_SUM_EXP, ({ x }, { axis, keepDims }, backend) => {
    const [along = 0] = util.parseAxisParam(axis, x.shape);
    const kept = x.shape.map((size, i) => (i === along ? 1 : size));
    const shape = keepDims ? kept : kept.filter((_, i) => i !== along);
    return backend.give(backend.native.logSumExp(backend.handle(x), along, keepDims), shape, 'float32');
  }),
  defineKernel<LogSumExpGradInputs, LogSumExpGradAttrs>(TESSERA_LOG_SUM_EXP_GRAD, ({ dy, x }, { axis }, backend) => {
    const handle = backend.native.logSumExpGrad(backend.handle(dy), backend.handle(x), axis);
    return backend.give(handle, x.shape, 'float32');
  }),
  defineKernel<SoftmaxCrossEntropyInputs, SoftmaxCrossEntropyAttrs>(
    TESSERA_SOFTMAX_CROSS_ENTROPY,
    ({ logits, targets }, { temperature }, backend) => {
      const rows = [logits.shape[0] ?? 0];
      const handle = backend.native.softmaxCrossEntropy(backend.handle(logits), backend.handle(targets), temperature);
      return backend.give(handle, rows, 'float32');
    },
  ),
  defineKernel<SoftmaxCrossEntropyGradInputs, SoftmaxCrossEntropyAttrs>(
    TESSERA_SOFTMAX_CROSS_ENTROPY_GRAD,
    ({ dy, logits, targets }, { temperature }, backend) => {
      const handle = backend.native.softmaxCrossEntropyGrad(
        backend.handle(dy),
        backend.handle(logits),
        backend.handle(targets),
        temperature,
      );
      return backend.give(handle, logits.shape, 'float32');
    },
  ),
  defineKernel<NtXentInputs, NtXentAttrs>(TESSERA_NT_XENT, ({ u, all }, { temperature, rank, gradient }, backend) => {
    const gathered = all && backend.handle(all);
    const outputs = backend.native.ntXent(backend.handle(u), gathered, temperature, rank, gradient);
    const shapes = [[], [], [], u.shape, ...(all ? [all.shape] : [])];
    return outputs.map((handle, i) => backend.give(handle, shapes[i] ?? [], 'float32'));
  }),
];
