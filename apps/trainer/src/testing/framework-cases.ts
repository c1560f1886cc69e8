/** Everything that an engine may have a kernel of its own for, on inputs that are the same in every process. */
import { singleProcess, type Collective, type NamedVariable } from '@tessera/core';
import { globalNorm, l2Normalize, logSumExp, MomentumCopy, toFloat32, type CopiedNetwork } from '@tessera/engine';
import { contrastiveMetrics, ntXent, ntXentWithMetrics, softmaxCrossEntropy, swappedPrediction } from '@tessera/losses';
import { addRelu, attention, globalAveragePool, normalizeBatch, normalizeFixed } from '@tessera/models';
import { createAdamW, createLarc, createLars, createSgd, type ParameterOptimizer } from '@tessera/optim';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** One operation. */
export interface FrameworkCase {
  readonly name: string;
  /** Gradients are taken with respect to all of them; none: the values alone are compared. */
  readonly inputs: () => Tensor[];
  readonly run: (...inputs: Tensor[]) => Tensor | Tensor[];
  /** What the torch engine must run for the values and the gradients. */
  readonly kernels: readonly string[];
}

const normal = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);
const probabilities = (shape: [number, number], seed: number): Tensor2D => tf.softmax(normal(shape, seed) as Tensor2D);

const EPSILON = 1e-5;
const batchNorms = [false, true].flatMap((relu) =>
  [false, true].map((residual): FrameworkCase => {
    // 20 channels: full vectors of the native loops and a rest.
    const shape = [2, 3, 2, 20];
    return {
      name: `batch norm${residual ? ', residual' : ''}${relu ? ', relu' : ''}`,
      inputs: () => [
        normal(shape, 1),
        tf.add(normal([20], 2), 1),
        normal([20], 3),
        ...(residual ? [normal(shape, 4)] : []),
      ],
      run: (x, gamma, beta, added) =>
        normalizeBatch(
          { x: x as Tensor4D, gamma_C: gamma as Tensor1D, beta_C: beta as Tensor1D, residual: added as Tensor4D },
          { epsilon: EPSILON, relu, onStatistics: () => undefined },
        ),
      kernels: ['TesseraBatchNormTrain', 'TesseraBatchNormTrainGrad'],
    };
  }),
);

/** What rank 1 of two ranks sees; rank 0's rows are constants. Second views alone are gathered from second views alone. */
const secondOfTwo = (others_RD: Tensor2D): Collective => ({
  rank: 1,
  worldSize: 2,
  allGather: <T extends Tensor>(x: T) => {
    const [rows = 0] = x.shape;
    return tf.concat([tf.slice(others_RD, [others_RD.shape[0] - rows, 0]) as Tensor as T, x]);
  },
  // Sums over ranks are not what these cases are about.
  allReduceSum: (x) => tf.mul(x, 2),
});

const layers: readonly FrameworkCase[] = [
  ...batchNorms,
  {
    name: 'batch norm with fixed statistics, residual, relu',
    inputs: () => [normal([2, 3, 2, 20], 1), normal([20], 2), normal([20], 3), normal([2, 3, 2, 20], 4)],
    run: (x, gamma, beta, residual) =>
      normalizeFixed(
        { x: x as Tensor4D, gamma_C: gamma as Tensor1D, beta_C: beta as Tensor1D, residual: residual as Tensor4D },
        { mean_C: normal([20], 5) as Tensor1D, variance_C: tf.square(normal([20], 6)) as Tensor1D },
        { epsilon: EPSILON, relu: true },
      ),
    kernels: ['TesseraBatchNormInfer'],
  },
  {
    name: 'relu',
    inputs: () => [normal([3, 37], 1)],
    run: (x) => tf.relu(x),
    kernels: ['TesseraReluGrad'],
  },
  {
    name: 'relu of a sum',
    inputs: () => [normal([3, 37], 1), normal([3, 37], 2)],
    run: (a, b) => addRelu(a, b),
    kernels: ['TesseraAddRelu', 'TesseraReluGrad'],
  },
  {
    name: 'to float32',
    inputs: () => [normal([3, 5], 1)],
    run: (x) => toFloat32(x),
    kernels: ['TesseraToFloat32'],
  },
  {
    name: 'global average pooling',
    inputs: () => [normal([2, 3, 4, 20], 1)],
    run: (x) => globalAveragePool(x as Tensor4D),
    kernels: ['TesseraGlobalAvgPool', 'TesseraGlobalAvgPoolGrad'],
  },
  {
    name: 'attention',
    inputs: () => [normal([2, 7, 30], 1)],
    run: (qkv) => attention(qkv as Tensor3D, 2),
    kernels: ['TesseraAttention', 'TesseraAttentionGrad'],
  },
  { name: 'mean', inputs: () => [normal([3, 4, 5], 1)], run: (x) => tf.mean(x, [0, 2]), kernels: [] },
  { name: 'sum', inputs: () => [normal([3, 4, 5], 1)], run: (x) => tf.sum(x, 1, true), kernels: [] },
];

const NT_XENT = ['TesseraNtXent'];
const losses: readonly FrameworkCase[] = [
  {
    name: 'L2 normalisation, a zero row among them',
    inputs: () => [tf.concat([tf.zeros([1, 7]), normal([4, 7], 1)])],
    run: (x) => l2Normalize(x as Tensor2D),
    kernels: ['TesseraL2Normalize', 'TesseraL2NormalizeGrad'],
  },
  ...[0, 1, -1].map((axis): FrameworkCase => ({
    name: `log-sum-exp along axis ${axis}`,
    inputs: () => [tf.mul(normal([4, 3, 5], 1), 40)],
    run: (x) => logSumExp(x, axis, axis === 1),
    kernels: ['TesseraLogSumExp', 'TesseraLogSumExpGrad'],
  })),
  {
    name: 'softmax cross entropy',
    inputs: () => [normal([70, 33], 1)],
    run: (x) => softmaxCrossEntropy(x as Tensor2D, tf.mul(probabilities([70, 33], 2), 3), 0.1),
    kernels: ['TesseraSoftmaxCrossEntropy', 'TesseraSoftmaxCrossEntropyGrad'],
  },
  {
    name: 'swapped prediction',
    inputs: () => [normal([12, 9], 1)],
    run: (x) =>
      swappedPrediction(x as Tensor2D, [probabilities([4, 9], 2), probabilities([4, 9], 3)], {
        crops: 3,
        cropsForAssign: [0, 1],
        temperature: 0.1,
      }),
    kernels: ['TesseraSoftmaxCrossEntropy', 'TesseraSoftmaxCrossEntropyGrad'],
  },
  ...(['mean2n', 'google'] as const).map((reduction): FrameworkCase => ({
    name: `NT-Xent, ${reduction}`,
    inputs: () => [normal([150, 6], 1)],
    run: (z) => ntXent(z as Tensor2D, { temperature: 0.2, reduction }),
    kernels: NT_XENT,
  })),
  {
    name: 'NT-Xent, temperature 1e-8',
    inputs: () => [normal([150, 6], 1)],
    run: (z) => ntXent(z as Tensor2D, { temperature: 1e-8 }),
    kernels: NT_XENT,
  },
  {
    name: 'NT-Xent, a rank of two',
    inputs: () => [normal([14, 6], 1)],
    run: (z) =>
      ntXent(z as Tensor2D, { temperature: 0.2, collective: secondOfTwo(l2Normalize(normal([14, 6], 2) as Tensor2D)) }),
    kernels: NT_XENT,
  },
  ...[1, 2].map((ranks): FrameworkCase => ({
    name: `what NT-Xent tells, ${ranks} rank(s)`,
    inputs: () => [],
    run: () => {
      const collective = ranks === 1 ? singleProcess : secondOfTwo(l2Normalize(normal([14, 6], 2) as Tensor2D));
      const z = tf.add<Tensor2D>(tf.tile(normal([7, 6], 1), [2, 1]), normal([14, 6], 3));
      return told(z, collective);
    },
    kernels: ['TesseraNtXent'],
  })),
];

/** The loss and its metrics, whichever way this engine makes them. */
function told(z: Tensor2D, collective: Collective): Tensor[] {
  const u = l2Normalize(z);
  const { loss, metrics } = ntXentWithMetrics(u, { temperature: 0.2, normalize: false, collective });
  const { contrastiveAccuracy, contrastiveEntropy } = metrics ?? contrastiveMetrics(u, z.shape[0] / 2, 0.2, collective);
  return [loss, contrastiveAccuracy, contrastiveEntropy];
}

/** Three updates of four variables, in the order in which they were made: a filter, a vector of zeros, a bias, an odd matrix. */
function trajectory(
  build: (variables: readonly NamedVariable[]) => ParameterOptimizer,
  rates = [0.3, 0, 0.1],
): Tensor[] {
  const shapes = [[3, 3, 2, 5], [4], [6], [7, 11]];
  const variables = shapes.map((shape, i): NamedVariable => {
    const start = i === 1 ? tf.zeros(shape) : normal(shape, 10 + i);
    return { name: `encoder/${i}`, variable: tf.variable(start), role: i === 2 ? 'bias' : 'weight' };
  });
  const optimizer = build(variables);
  rates.forEach((rate, step) => {
    const grads = Object.fromEntries(
      variables.map(({ name, variable }, i) => [name, normal(variable.shape, 20 + 10 * step + i)]),
    );
    // No gradient for the last variable in the second step; a gradient of zeros for the third in the last one.
    if (step === 1) delete grads['encoder/3'];
    if (step === 2) grads['encoder/2'] = tf.zeros([6]);
    optimizer.update(grads, { learningRate: rate });
  });
  const out = [...variables.map(({ variable }) => variable as Tensor), ...Object.values(optimizer.state().tensors)].map(
    (x) => tf.clone(x),
  );
  optimizer.dispose();
  tf.dispose(variables.map(({ variable }) => variable));
  return out;
}

const update = (
  name: string,
  kernel: string,
  build: (variables: readonly NamedVariable[]) => ParameterOptimizer,
): FrameworkCase => ({
  name,
  inputs: () => [],
  run: () => trajectory(build),
  kernels: [kernel],
});

const sgd = { learningRate: 0.1, weightDecay: 0.01, exclude: ['bias' as const], groups: [] };
const larc = { ...sgd, momentum: 0.9, trustCoefficient: 0.02 };
const lars = { ...larc, excludeNames: [] };
/** A rate, a decay and an adaptation of their own. */
const groups = [{ roles: ['weight' as const], names: [], learningRate: 0.5, weightDecay: 0.1, adapt: false }];
const optimizers: readonly FrameworkCase[] = [
  update('SGD', 'TesseraSgdUpdate', (v) => createSgd({ ...sgd, momentum: 0, nesterov: false }, v)),
  update('SGD, momentum', 'TesseraSgdUpdate', (v) => createSgd({ ...sgd, momentum: 0.9, nesterov: false }, v)),
  update('SGD, Nesterov', 'TesseraSgdUpdate', (v) => createSgd({ ...sgd, momentum: 0.9, nesterov: true }, v)),
  update('LARS', 'TesseraLarsUpdate', (v) => createLars({ ...lars, nesterov: false }, v)),
  update('LARS, Nesterov', 'TesseraLarsUpdate', (v) => createLars({ ...lars, nesterov: true }, v)),
  update('LARC', 'TesseraLarcUpdate', (v) => createLarc({ ...larc, clip: false, epsilon: 1e-8, exclude: [] }, v)),
  update('LARC, clipped', 'TesseraLarcUpdate', (v) => createLarc({ ...larc, clip: true, epsilon: 1e-8 }, v)),
  update('LARS, groups', 'TesseraLarsUpdate', (v) => createLars({ ...lars, groups, nesterov: false }, v)),
  update('LARC, groups', 'TesseraLarcUpdate', (v) => createLarc({ ...larc, groups, clip: true, epsilon: 1e-8 }, v)),
  update('Adam, groups', 'TesseraAdamWUpdate', (v) =>
    createAdamW({ ...sgd, groups, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }, v, false),
  ),
  update('AdamW', 'TesseraAdamWUpdate', (v) => createAdamW({ ...sgd, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }, v)),
  {
    name: 'the norm of all gradients',
    inputs: () => [],
    run: () => [globalNorm({ a: normal([3, 3, 2, 5], 1), b: normal([70_000], 2), c: tf.scalar(3) }), globalNorm({})],
    kernels: ['TesseraGlobalNorm'],
  },
];

/** Three moves of a filter, a long vector and a scalar, near the source and far from it. */
function momentumAverages(): Tensor[] {
  const shapes = [[3, 3, 2, 5], [70_000], []];
  const network = (seed: number): CopiedNetwork & { readonly own: tf.Variable[] } => {
    const own = shapes.map((shape, i) => tf.variable(normal(shape, seed + i)));
    return {
      own,
      variables: () => own.map((variable, i) => ({ name: `encoder/${i}`, role: 'weight', variable })),
      buffers: () => [],
      dispose: () => {
        tf.dispose(own);
      },
    };
  };
  const [source, target] = [network(1), network(11)];
  const copy = new MomentumCopy(source, target);
  for (const [step, momentum] of [0.996, 0.2, 0.5].entries()) {
    source.own.forEach((variable, i) => {
      variable.assign(normal(variable.shape, 20 + 10 * step + i));
    });
    copy.update(momentum);
  }
  const out = target.own.map((variable) => tf.clone<Tensor>(variable));
  copy.dispose();
  source.dispose();
  return out;
}

const averages: readonly FrameworkCase[] = [
  { name: 'a momentum copy', inputs: () => [], run: momentumAverages, kernels: ['TesseraMomentumAverage'] },
];

/** All of them. */
export const frameworkCases: readonly FrameworkCase[] = [...layers, ...losses, ...optimizers, ...averages];
