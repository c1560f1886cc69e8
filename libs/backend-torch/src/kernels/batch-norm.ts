import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import {
  TESSERA_ADD_RELU,
  TESSERA_BATCH_NORM_INFER,
  TESSERA_BATCH_NORM_TRAIN,
  TESSERA_BATCH_NORM_TRAIN_GRAD,
  TESSERA_RELU_GRAD,
} from '../kernel-specs.ts';
import type {
  AddReluInputs,
  BatchNormInferAttrs,
  BatchNormInferInputs,
  BatchNormTrainAttrs,
  BatchNormTrainGradAttrs,
  BatchNormTrainGradInputs,
  BatchNormTrainInputs,
  ReluGradInputs,
} from '../kernel-specs.ts';
import { TorchBackendError } from '../errors.ts';
import { CPU_DEVICE } from '../native.ts';

/** Batch normalisation; statistics are float32, activations and their gradients keep the activation's physical type. */
export const batchNormKernels: readonly KernelConfig[] = [
  defineKernel<tf.FusedBatchNormInputs, tf.FusedBatchNormAttrs>(
    tf.FusedBatchNorm,
    (inputs, { varianceEpsilon }, backend) => {
      const { x, mean, variance } = inputs;
      // tfjs leaves both out where the caller does
      const { scale, offset } = inputs as { scale?: TensorInfo; offset?: TensorInfo };
      const channels = x.shape.at(-1) ?? 0;
      const perChannel = [mean, variance, scale, offset].every(
        (t) => t === undefined || (t.shape.length === 1 && t.shape[0] === channels),
      );
      const { native } = backend;
      const [h, m, v] = [backend.handle(x), backend.handle(mean), backend.handle(variance)] as const;
      const [gamma, beta] = [scale && backend.handle(scale), offset && backend.handle(offset)];
      const y = perChannel
        ? native.batchNormInfer(h, m, v, gamma, beta, undefined, varianceEpsilon, false)
        : native.batchNormGeneral(h, m, v, gamma, beta, varianceEpsilon);
      return backend.give(y, x.shape, 'float32');
    },
  ),
  defineKernel<BatchNormTrainInputs, BatchNormTrainAttrs>(
    TESSERA_BATCH_NORM_TRAIN,
    (inputs, { epsilon, relu }, backend) => {
      const { x, gamma, beta, residual } = inputs;
      const [y, mean, variance] = backend.native.batchNormTrain(
        backend.handle(x),
        backend.handle(gamma),
        backend.handle(beta),
        residual && backend.handle(residual),
        epsilon,
        relu,
      );
      const channels = [x.shape.at(-1) ?? 0];
      return backend.giveAll([
        [y, x.shape, 'float32'],
        [mean, channels, 'float32'],
        [variance, channels, 'float32'],
      ]);
    },
  ),
  defineKernel<BatchNormTrainGradInputs, BatchNormTrainGradAttrs>(
    TESSERA_BATCH_NORM_TRAIN_GRAD,
    (inputs, attrs, backend) => {
      const { dy, x, gamma, mean, variance, y, beta } = inputs;
      // Our own loops find the ReLU's mask in x, so that y need not be read; libtorch's operators are faster with y.
      const needless = y === undefined || backend.device === CPU_DEVICE;
      const fromX = attrs.relu && !attrs.residual && beta !== undefined && needless;
      if (attrs.relu && !fromX && !y) {
        throw new TorchBackendError(
          'TORCH_BAD_ARGUMENT',
          `${TESSERA_BATCH_NORM_TRAIN_GRAD} with relu needs y, or beta where there is no residual`,
        );
      }
      const [dx, dGamma, dBeta, dResidual] = backend.native.batchNormTrainGrad(
        backend.handle(dy),
        backend.handle(x),
        backend.handle(gamma),
        backend.handle(mean),
        backend.handle(variance),
        attrs.relu && !fromX && y ? backend.handle(y) : undefined,
        attrs.epsilon,
        attrs.residual,
        fromX ? backend.handle(beta) : undefined,
      ) as [number, number, number, number?];
      const channels = [x.shape.at(-1) ?? 0];
      return backend.giveAll([
        [dx, x.shape, 'float32'],
        [dGamma, channels, 'float32'],
        [dBeta, channels, 'float32'],
        ...(dResidual === undefined ? [] : [[dResidual, x.shape, 'float32'] as const]),
      ]);
    },
  ),
  defineKernel<BatchNormInferInputs, BatchNormInferAttrs>(
    TESSERA_BATCH_NORM_INFER,
    (inputs, { epsilon, relu }, backend) => {
      const { x, gamma, beta, mean, variance, residual } = inputs;
      const y = backend.native.batchNormInfer(
        backend.handle(x),
        backend.handle(mean),
        backend.handle(variance),
        backend.handle(gamma),
        backend.handle(beta),
        residual && backend.handle(residual),
        epsilon,
        relu,
      );
      return backend.give(y, x.shape, 'float32');
    },
  ),
  defineKernel<ReluGradInputs>(TESSERA_RELU_GRAD, ({ dy, y }, _, backend) => {
    return backend.give(backend.native.reluGrad(backend.handle(dy), backend.handle(y)), y.shape, 'float32');
  }),
  defineKernel<AddReluInputs>(TESSERA_ADD_RELU, ({ a, b }, _, backend) => {
    return backend.give(backend.native.addRelu(backend.handle(a), backend.handle(b)), a.shape, 'float32');
  }),
];
