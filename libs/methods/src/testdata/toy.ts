import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import {
  rootKey,
  singleProcess,
  stream,
  type ContextOf,
  type Encoder,
  type Forward,
  type Head,
  type Method,
  type NamedVariable,
  type Objective,
  type ViewGroup,
  type ViewSpec,
} from '@tessera/core';
import { trainingForward, UpdateCollector } from '@tessera/engine';
import { methodContext as contextOf, type PartMaker } from '@tessera/testing';

const CHANNELS = 6;

/** Drawn values in [-1, 1). */
export function noise(seed: number, ...shape: number[]): Tensor {
  const draws = stream(rootKey(seed));
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draws.uniform(-1, 1)),
    shape,
  );
}

function linear(name: string, seed: number, inDim: number, outDim: number) {
  const variable = tf.tidy(() => tf.variable(noise(seed, inDim, outDim)));
  const variables: NamedVariable[] = [{ name, variable, role: 'weight' }];
  return {
    variables: () => variables,
    buffers: () => [],
    apply: (x: Tensor2D): Tensor2D => tf.matMul(x, variable),
    dispose: () => {
      variable.dispose();
    },
  };
}

/** Mean colour, then one linear layer. Takes any resolution; records the row counts it was called with. */
export function toyEncoder(): Encoder & { readonly calls: number[] } {
  const layer = linear('encoder/weight', 1, CHANNELS, 8);
  const calls: number[] = [];
  return {
    ...layer,
    calls,
    featureDim: 8,
    apply: (x: Tensor4D) => {
      calls.push(x.shape[0]);
      return layer.apply(tf.mean<Tensor2D>(x, [1, 2]));
    },
  };
}

export function toyHead(): Head & { readonly calls: number[] } {
  const layer = linear('head/weight', 2, 8, 4);
  const calls: number[] = [];
  return {
    ...layer,
    calls,
    outDim: 4,
    apply: (h: Tensor2D) => {
      calls.push(h.shape[0]);
      return layer.apply(h);
    },
  };
}

export const objectiveContext = (views: readonly ViewSpec[], batchSize: number, inDim = 4): ContextOf['objective'] => ({
  key: rootKey(3),
  inDim,
  batchSize,
  views,
  data: { size: batchSize },
  collective: singleProcess,
  scope: 'objective',
  warn: () => undefined,
});

export function methodContext(
  views: readonly ViewSpec[],
  batchSize: number,
  buildObjective: (inDim: number) => Objective,
  parts: { readonly encoder: Encoder; readonly head: Head | ((inDim: number) => Head) } = {
    encoder: toyEncoder(),
    head: toyHead(),
  },
): ContextOf['method'] {
  const makers = { encoder: () => parts.encoder, head: headOf(parts.head), objective: objectiveOf(buildObjective) };
  return contextOf(makers, { key: rootKey(0), views, batchSize });
}

const headOf =
  (head: Head | ((inDim: number) => Head)): PartMaker =>
  ({ inDim }) =>
    typeof head === 'function' ? head(inDim) : head;
const objectiveOf =
  (build: (inDim: number) => Objective): PartMaker =>
  ({ inDim }) =>
    build(inDim);

/** Views of images that differ in mean colour; a view adds noise to its image's colour. */
export function toyViews(specs: readonly ViewSpec[], images: number, step: number): ViewGroup[] {
  return tf.tidy(() => {
    const colour = noise(7, images, 1, 1, CHANNELS);
    return specs.map(({ count, size }, group) => ({
      count,
      pixels: tf.concat(
        Array.from({ length: count }, (_, view) =>
          tf.add<Tensor4D>(
            colour,
            tf.mul(noise(1000 * step + 10 * group + view + 11, images, size, size, CHANNELS), 0.5),
          ),
        ),
      ),
    }));
  });
}

/** Where step n of a run stands, and its images. */
export const stepOf = (
  images: number,
  step: number,
  stepsPerEpoch = 10,
): Pick<Forward, 'progress' | 'sampleIds' | 'key'> => ({
  progress: { step, epoch: Math.floor(step / stepsPerEpoch), stepsPerEpoch, totalSteps: 1000 },
  sampleIds: Int32Array.from({ length: images }, (_, i) => i),
  key: rootKey(step),
});

/** One step of plain gradient descent, as a trainer would do it. Returns the loss. */
export function toyStep(
  method: Method,
  views: readonly ViewGroup[],
  at: ReturnType<typeof stepOf>,
  learningRate: number,
): number {
  const updates = new UpdateCollector();
  method.beforeStep?.(at.progress);
  const frozen = method.frozen?.(at.progress) ?? [];
  const trained = method.variables().filter(({ name }) => !frozen.includes(name));
  const metrics: (Scalar | number)[] = [];
  const { value, grads } = tf.variableGrads(
    () => {
      const forward = trainingForward(updates, at);
      const result = method.loss(method.embed(views, forward).embeddings, {}, forward);
      for (const metric of Object.values(result.metrics))
        metrics.push(typeof metric === 'number' ? metric : tf.keep(metric));
      return result.loss;
    },
    trained.map(({ variable }) => variable),
  );
  tf.tidy(() => {
    for (const { variable } of trained) descend(variable, grads[variable.name], learningRate);
  });
  updates.commit();
  const [loss = NaN] = value.dataSync();
  tf.dispose([value, grads]);
  tf.dispose(metrics.filter((metric) => typeof metric !== 'number'));
  return loss;
}

function descend(variable: Variable, gradient: Tensor | undefined, learningRate: number): void {
  if (gradient) variable.assign(tf.sub(variable, tf.mul(gradient, learningRate)));
}
