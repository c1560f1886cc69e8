/** One step of an objective, as training makes it. */
import {
  rootKey,
  singleProcess,
  type ContextOf,
  type Embeddings,
  type ExtensionOf,
  type Objective,
} from '@tessera/core';
import { trainingForward, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/** Builds an objective for a batch of embeddings. @param images of the data set; default: those of the batch */
export function built(
  extension: ExtensionOf<'objective'>,
  options: object,
  { batch, dim, images = batch }: { readonly batch: number; readonly dim: number; readonly images?: number },
): Objective {
  const context: ContextOf['objective'] = {
    key: rootKey(0),
    inDim: dim,
    batchSize: batch,
    views: [{ count: 2, size: 8, channels: 3 }],
    data: { size: images },
    collective: singleProcess,
    scope: 'objective',
    warn: () => undefined,
  };
  return extension.build(options, context);
}

/** What a step is told beside its inputs. */
export interface StepGiven {
  readonly sampleIds?: readonly number[];
  readonly labels?: readonly number[];
  readonly epoch?: number;
}

/** What a step gives. */
export interface Step {
  readonly loss: Tensor;
  readonly grads: readonly Tensor[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** The loss, its gradients to `inputs` and its metrics; the step's changes are made. @param roles makes of the inputs what the objective sees */
export function step(
  objective: Objective,
  inputs: readonly number[][][],
  roles: (inputs: readonly Tensor2D[]) => Embeddings,
  { sampleIds = [], labels, epoch = 0 }: StepGiven = {},
): Step {
  const updates = new UpdateCollector();
  const forward = trainingForward(updates, {
    sampleIds: Int32Array.from(sampleIds),
    progress: { step: 0, epoch, stepsPerEpoch: 1, totalSteps: 1 },
  });
  const batch = labels ? { labels: Int32Array.from(labels) } : {};
  let metrics: Step['metrics'] = {};
  const { value, grads } = tf.valueAndGrads((...x: Tensor[]) => {
    const result = objective.loss(roles(x as Tensor2D[]), batch, forward);
    metrics = numbers(result.metrics);
    return result.loss;
  })(inputs.map((rows) => tf.tensor2d(rows)));
  updates.commit();
  return { loss: value, grads, metrics };
}

const numbers = (metrics: Readonly<Record<string, Tensor | number>>): Step['metrics'] =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [
      name,
      typeof value === 'number' ? value : (value.dataSync()[0] ?? NaN),
    ]),
  );
