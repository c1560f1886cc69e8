import { util } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import {
  TESSERA_LOG_SUM_EXP,
  TESSERA_LOG_SUM_EXP_GRAD,
  TESSERA_NT_XENT,
  TESSERA_NT_XENT_GRAD,
  TESSERA_SOFTMAX_CROSS_ENTROPY,
  TESSERA_SOFTMAX_CROSS_ENTROPY_GRAD,
} from '../kernel-specs.ts';
import type {
  LogSumExpAttrs,
  LogSumExpGradAttrs,
  LogSumExpGradInputs,
  NtXentAttrs,
  NtXentGradInputs,
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
  defineKernel<NtXentInputs, NtXentAttrs>(TESSERA_NT_XENT, ({ u, all }, { temperature, rank }, backend) => {
    const gathered = all && backend.handle(all);
    const outputs = backend.native.ntXent(backend.handle(u), gathered, temperature, rank);
    return outputs.map((handle) => backend.give(handle, [], 'float32'));
  }),
  defineKernel<NtXentGradInputs, NtXentAttrs>(
    TESSERA_NT_XENT_GRAD,
    ({ dy, u, all }, { temperature, rank }, backend) => {
      const [du, dAll] = backend.native.ntXentGrad(
        backend.handle(dy),
        backend.handle(u),
        all && backend.handle(all),
        temperature,
        rank,
      );
      const out = [backend.give(du, u.shape, 'float32')];
      if (all && dAll !== undefined) out.push(backend.give(dAll, all.shape, 'float32'));
      return out;
    },
  ),
];
