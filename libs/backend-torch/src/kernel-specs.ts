/**
 * The framework's own kernels: names, inputs and attributes. This module loads nothing native.
 *
 * None has a registered gradient: callers wrap forward and gradient kernels in tf.customGrad. Run one with
 * `tf.engine().runKernel(name, inputs, attrs)`, leaving optional inputs out (not undefined).
 *
 * Shape legend: N rows or images, H W pixels, C channels. Tensors are float32 for tfjs; activations may be bfloat16
 * physically, and keep their type where it says "x's type".
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** y = relu?(gamma * (x - mean) / sqrt(variance + epsilon) + beta + residual?) over all axes but the last -> [y, mean_C, variance_C (biased)] */
export const TESSERA_BATCH_NORM_TRAIN = 'TesseraBatchNormTrain';
/** The gradient of TesseraBatchNormTrain -> [dx, dGamma_C, dBeta_C] and, with `residual`, dResidual */
export const TESSERA_BATCH_NORM_TRAIN_GRAD = 'TesseraBatchNormTrainGrad';
/** The same normalisation with given statistics -> y in x's type */
export const TESSERA_BATCH_NORM_INFER = 'TesseraBatchNormInfer';
/** dy where y > 0, else 0 -> dx in y's type */
export const TESSERA_RELU_GRAD = 'TesseraReluGrad';
/** relu(a + b), shapes equal -> y, bfloat16 if both are */
export const TESSERA_ADD_RELU = 'TesseraAddRelu';
/** x in physical float32, for what leaves a bf16 scope */
export const TESSERA_TO_FLOAT32 = 'TesseraToFloat32';
/** The mean over H and W: x_NHWC -> float32 [N, C] */
export const TESSERA_GLOBAL_AVG_POOL = 'TesseraGlobalAvgPool';
/** Its gradient: dy_NC spread over x's pixels, in x's type */
export const TESSERA_GLOBAL_AVG_POOL_GRAD = 'TesseraGlobalAvgPoolGrad';
/** x / max(||x||, epsilon) along the last axis, in float32 (torch.nn.functional.normalize) */
export const TESSERA_L2_NORMALIZE = 'TesseraL2Normalize';
/** Its gradient -> dx in float32 */
export const TESSERA_L2_NORMALIZE_GRAD = 'TesseraL2NormalizeGrad';
/** torch.optim.SGD in place over all variables -> [] */
export const TESSERA_SGD_UPDATE = 'TesseraSgdUpdate';
/** torch.optim.AdamW in place over all variables -> [] */
export const TESSERA_ADAMW_UPDATE = 'TesseraAdamWUpdate';

/** Every framework kernel. */
export const TESSERA_KERNELS = [
  TESSERA_BATCH_NORM_TRAIN,
  TESSERA_BATCH_NORM_TRAIN_GRAD,
  TESSERA_BATCH_NORM_INFER,
  TESSERA_RELU_GRAD,
  TESSERA_ADD_RELU,
  TESSERA_TO_FLOAT32,
  TESSERA_GLOBAL_AVG_POOL,
  TESSERA_GLOBAL_AVG_POOL_GRAD,
  TESSERA_L2_NORMALIZE,
  TESSERA_L2_NORMALIZE_GRAD,
  TESSERA_SGD_UPDATE,
  TESSERA_ADAMW_UPDATE,
] as const;
export type TesseraKernelName = (typeof TESSERA_KERNELS)[number];

export interface XInput {
  x: TensorInfo;
}

/** x [..., C], gamma and beta [C], residual of x's shape */
export interface BatchNormTrainInputs extends XInput {
  gamma: TensorInfo;
  beta: TensorInfo;
  residual?: TensorInfo;
}
export interface BatchNormTrainAttrs {
  /** added to the variance, > 0 */
  epsilon: number;
  /** whether a ReLU follows (after the residual) */
  relu: boolean;
}

/**
 * mean and variance as the forward kernel returned them. With `relu` the kernel must know where y > 0: give y; where there is no
 * residual give beta as well, or instead, and y is not read, which is faster.
 */
export interface BatchNormTrainGradInputs extends XInput {
  dy: TensorInfo;
  gamma: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  y?: TensorInfo;
  beta?: TensorInfo;
}
export interface BatchNormTrainGradAttrs extends BatchNormTrainAttrs {
  /** whether the gradient of the residual is wanted as a fourth output */
  residual: boolean;
}

export interface BatchNormInferInputs extends BatchNormTrainInputs {
  mean: TensorInfo;
  variance: TensorInfo;
}
export type BatchNormInferAttrs = BatchNormTrainAttrs;

export interface ReluGradInputs {
  dy: TensorInfo;
  /** the output of the ReLU */
  y: TensorInfo;
}

export interface AddReluInputs {
  a: TensorInfo;
  b: TensorInfo;
}

export interface GlobalAvgPoolGradInputs extends XInput {
  dy: TensorInfo;
}

export interface L2NormalizeAttrs {
  /** the smallest divisor, > 0 */
  epsilon: number;
}
export interface L2NormalizeGradInputs extends XInput {
  dy: TensorInfo;
}

/**
 * Inputs w0.., g0.. and, unless momentum is 0, m0..: variables, gradients and momentum buffers, `count` of each; buffers start
 * at 0. Pass the Variables themselves. g += weightDecay * w; m = momentum * m + g; w -= learningRate * (nesterov ? g + momentum * m : m).
 */
export interface SgdUpdateAttrs {
  count: number;
  learningRate: number;
  /** in [0, 1) */
  momentum: number;
  nesterov: boolean;
  /** one per variable */
  weightDecay: number[];
}

/**
 * Inputs w0.., g0.., m0.., v0..: variables, gradients, first and second moments (start at 0). w *= 1 - learningRate * weightDecay;
 * m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w -= learningRate / (1 - beta1^step) * m / (sqrt(v / (1 - beta2^step)) + epsilon).
 */
export interface AdamWUpdateAttrs {
  count: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** one per variable */
  weightDecay: number[];
  /** one per variable: how many updates it has had with this one, >= 1 */
  step: number[];
}
