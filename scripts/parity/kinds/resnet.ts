/** resnet.json: features, and one training step's loss, gradient norms and running statistics, against float64. */
import { rootKey, type Encoder } from '@tessera/core';
import { evaluationForward, fromTorchLayout, trainingForward, UpdateCollector } from '@tessera/engine';
import { resnetEncoder } from '@tessera/models';
import * as tf from '@tensorflow/tfjs-core';
import { formulaInput, formulaValues, type ResNetCase } from '../../../libs/models/src/testdata/resnet-oracle.ts';
import { attempt, larger, type Measurement, ofTheLargest, relative } from '../measurement.ts';

export function* resnet(file: unknown): Iterable<Measurement> {
  for (const oracle of (file as { cases: readonly ResNetCase[] }).cases) {
    const name = `${oracle.arch}, ${oracle.size} pixels, ${oracle.cifarStem ? 'CIFAR' : 'ImageNet'} stem`;
    yield* attempt(name, () => compare(name, oracle));
  }
}

function* compare(name: string, oracle: ResNetCase): Iterable<Measurement> {
  const encoder = build(oracle);
  const { batch, size } = oracle;
  const x = tf.tensor4d(formulaInput(batch * size ** 2 * 3), [batch, size, size, 3]);
  yield {
    case: name,
    quantity: 'evalFeatures',
    error: ofTheLargest(encoder.apply(x, evaluationForward()), oracle.evalFeatures),
    tolerance: 1e-4,
  };
  // Where training is ill-conditioned (float32Error in the file), the reference has evaluation only.
  if (oracle.trainFeatures) yield* train(name, encoder, x, oracle);
  encoder.dispose();
}

function build({ arch, cifarStem, tensors }: ResNetCase): Encoder {
  const options = { depth: Number(arch.replace('resnet', '')), stem: cifarStem ? 'cifar' : 'imagenet' };
  const encoder = resnetEncoder.build(options, { key: rootKey(0), inputChannels: 3, scope: '' });
  const named = new Map([...encoder.variables(), ...encoder.buffers()].map(({ name, variable }) => [name, variable]));
  tensors.forEach(({ name, shape }, k) => {
    const variable = named.get(name);
    if (!variable) throw new Error(`${arch} has no '${name}'`);
    tf.tidy(() => {
      variable.assign(fromTorchLayout(name, tf.tensor(formulaValues(name, shape, k), [...shape])));
    });
    named.delete(name);
  });
  if (named.size > 0) throw new Error(`the oracle's ${arch} has no ${[...named.keys()].join(', ')}`);
  return encoder;
}

function* train(name: string, encoder: Encoder, x: tf.Tensor4D, oracle: ResNetCase): Iterable<Measurement> {
  const updates = new UpdateCollector();
  const shape: [number, number] = [oracle.batch, encoder.featureDim];
  const weights = Float32Array.from({ length: shape[0] * shape[1] }, (_, j) => Math.sin(0.11 * j));
  let features: tf.Tensor | undefined;
  const { value, grads } = tf.variableGrads(
    () => {
      const forward = trainingForward(updates);
      const h = encoder.apply(x, forward);
      features = tf.keep(h.clone());
      return tf.mean(tf.mul(h, tf.tensor2d(weights, shape)));
    },
    encoder.variables().map(({ variable }) => variable),
  );
  updates.commit();
  const norms = encoder.variables().map((one) => {
    return relative(norm(grads[one.variable.name]), oracle.gradNorms?.[one.name] ?? NaN);
  });
  const statistics = encoder.buffers().map((one) => runningError(one.variable, oracle.runningAfterTrain?.[one.name]));
  const line = (quantity: string, error: number, tolerance: number) => ({ case: name, quantity, error, tolerance });
  yield line('trainFeatures', ofTheLargest(features, oracle.trainFeatures ?? []), 1e-4);
  yield line('trainLoss', relative(value, oracle.trainLoss ?? NaN), 1e-4);
  yield line('gradNorms', norms.reduce(larger, 0), 1e-3);
  yield line('runningAfterTrain', statistics.reduce(larger, 0), 1e-4);
  features?.dispose();
}

function runningError(variable: tf.Variable, expected = { mean: NaN, norm: NaN }): number {
  const values = [...variable.dataSync()];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // The mean of channel-wise means may be nearly 0: relative to the typical entry.
  const typical = expected.norm / Math.sqrt(values.length);
  return larger(relative(norm(variable), expected.norm), Math.abs(mean - expected.mean) / typical);
}

function norm(x: tf.Tensor | undefined): number {
  return Math.sqrt([...(x?.dataSync() ?? [NaN])].reduce((sum, value) => sum + value * value, 0));
}
