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
/** The logarithm of the sum of exponentials along one axis, in float32 -> y */
export const TESSERA_LOG_SUM_EXP = 'TesseraLogSumExp';
/** Its gradient: dy * softmax(x) -> dx */
export const TESSERA_LOG_SUM_EXP_GRAD = 'TesseraLogSumExpGrad';
/** -sum over k of target_k * log softmax(logits / temperature)_k of every row -> loss_R */
export const TESSERA_SOFTMAX_CROSS_ENTROPY = 'TesseraSoftmaxCrossEntropy';
/** Its gradient to the logits; targets are constants -> dx */
export const TESSERA_SOFTMAX_CROSS_ENTROPY_GRAD = 'TesseraSoftmaxCrossEntropyGrad';
/**
 * NT-Xent over pairs of views and what is reported with it, without a matrix of all similarities in memory
 * -> [loss (mean over this process's rows), accuracy, entropy] and, with `gradient`, the loss's own: du and, with `all`, dAll
 */
export const TESSERA_NT_XENT = 'TesseraNtXent';
/**
 * softmax(q k^T / sqrt(d)) v of every head, the softmax in float32, without a matrix of all scores in memory on the CPU
 * -> [y_BTD, the logarithm of the sum of exponentials of every row of scores, [B, heads, T], for the gradient]
 */
export const TESSERA_ATTENTION = 'TesseraAttention';
/** Its gradient -> dqkv in y's type */
export const TESSERA_ATTENTION_GRAD = 'TesseraAttentionGrad';
/** The Euclidean norm of all entries of all gradients -> a scalar */
export const TESSERA_GLOBAL_NORM = 'TesseraGlobalNorm';
/** torch.optim.SGD in place over all variables -> [] */
export const TESSERA_SGD_UPDATE = 'TesseraSgdUpdate';
/** LARS as in google-research/simclr, in place over all variables -> [] */
export const TESSERA_LARS_UPDATE = 'TesseraLarsUpdate';
/** NVIDIA apex's LARC around SGD, in place over all variables -> [] */
export const TESSERA_LARC_UPDATE = 'TesseraLarcUpdate';
/** torch.optim.AdamW in place over all variables -> [] */
export const TESSERA_ADAMW_UPDATE = 'TesseraAdamWUpdate';
/** target = momentum * target + (1 - momentum) * source, in place over all targets -> [] */
export const TESSERA_MOMENTUM_AVERAGE = 'TesseraMomentumAverage';

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
  TESSERA_LOG_SUM_EXP,
  TESSERA_LOG_SUM_EXP_GRAD,
  TESSERA_SOFTMAX_CROSS_ENTROPY,
  TESSERA_SOFTMAX_CROSS_ENTROPY_GRAD,
  TESSERA_NT_XENT,
  TESSERA_ATTENTION,
  TESSERA_ATTENTION_GRAD,
  TESSERA_GLOBAL_NORM,
  TESSERA_SGD_UPDATE,
  TESSERA_LARS_UPDATE,
  TESSERA_LARC_UPDATE,
  TESSERA_ADAMW_UPDATE,
  TESSERA_MOMENTUM_AVERAGE,
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

/** qkv [B, T, 3 D]: queries, keys, values of every token, each head by head */
export interface AttentionInputs {
  qkv: TensorInfo;
}
export interface AttentionAttrs {
  /** they divide D */
  heads: number;
}
/** dy [B, T, D]; y and the sums as the forward kernel returned them */
export interface AttentionGradInputs extends AttentionInputs {
  dy: TensorInfo;
  y: TensorInfo;
  sums: TensorInfo;
}

export interface LogSumExpAttrs {
  /** the one that is reduced; negative ones count from the end */
  axis: number;
  /** whether it stays, with size 1 */
  keepDims: boolean;
}
/** dy as the forward kernel shaped y */
export interface LogSumExpGradInputs extends XInput {
  dy: TensorInfo;
}
export interface LogSumExpGradAttrs {
  axis: number;
}

export interface SoftmaxCrossEntropyAttrs {
  /** divides the logits, > 0 */
  temperature: number;
}
/** logits and targets [R, K]; a row of targets may sum to anything */
export interface SoftmaxCrossEntropyInputs {
  logits: TensorInfo;
  targets: TensorInfo;
}
/** dy [R] */
export interface SoftmaxCrossEntropyGradInputs extends SoftmaxCrossEntropyInputs {
  dy: TensorInfo;
}

/**
 * u [2N, D]: this process's embeddings, first views before second views; all [W * 2N, D]: those of all W processes, rank by rank.
 * Left out, it is u, and the gradient to u has both parts. A row's positive is the other view of its image; it is never compared
 * with itself. Accuracy and entropy compare first views with the second views of all processes, nothing left out: the share whose
 * most similar one is their own, and the mean entropy in nats.
 */
export interface NtXentInputs {
  u: TensorInfo;
  all?: TensorInfo;
}
export interface NtXentAttrs {
  /** divides the similarities, > 0 */
  temperature: number;
  /** of this process, from 0 */
  rank: number;
  /** whether the gradient is wanted: together they cost less than one after the other */
  gradient: boolean;
}

/** Inputs g0.. */
export interface GlobalNormAttrs {
  count: number;
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
 * Inputs w0.., g0.., m0..: variables, gradients and momentum buffers (start at 0). Where adapted, g += weightDecay * w and
 * ratio = trustCoefficient * |w| / |g|, 1 where either norm is 0; elsewhere g stays and ratio = 1. Then m = momentum * m +
 * learningRate * ratio * g; w -= nesterov ? momentum * m + learningRate * ratio * g : m.
 */
export interface LarsUpdateAttrs {
  count: number;
  learningRate: number;
  /** in [0, 1) */
  momentum: number;
  nesterov: boolean;
  trustCoefficient: number;
  /** one per variable */
  weightDecay: number[];
  /** one per variable */
  adapted: boolean[];
}

/**
 * Inputs as for LARS. Where adapted and neither norm is 0, ratio = trustCoefficient * |w| / (|g| + weightDecay * |w| + epsilon),
 * with `clip` min(ratio / learningRate, 1) unless the rate is 0, and g = ratio * (g + weightDecay * w). Then m = momentum * m + g;
 * w -= learningRate * m.
 */
export interface LarcUpdateAttrs {
  count: number;
  learningRate: number;
  /** in [0, 1) */
  momentum: number;
  trustCoefficient: number;
  epsilon: number;
  clip: boolean;
  /** one per variable */
  weightDecay: number[];
  /** one per variable */
  adapted: boolean[];
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

/** Inputs w0.., s0..: targets and sources of the same shapes. What is equal stays equal; momentum 0 copies, 1 keeps, exactly. */
export interface MomentumAverageAttrs {
  count: number;
  /** in [0, 1] */
  momentum: number;
}
