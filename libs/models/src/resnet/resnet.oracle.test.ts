/** ResNets against torchvision in float64, on the fastest engine there is. */
import { rootKey, type Encoder } from '@tessera/core';
import { evaluationForward, fromTorchLayout, openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { formulaInput, formulaValues, readResNetOracle, type ResNetCase } from '../testdata/resnet-oracle.ts';
import { resnetEncoder } from './resnet.ts';

const { name: engine } = await openEngine('auto');

function build(oracle: ResNetCase): Encoder {
  const options = { depth: Number(oracle.arch.slice(6)), stem: oracle.cifarStem ? 'cifar' : 'imagenet' };
  const encoder = resnetEncoder.build(options, { key: rootKey(0), inputChannels: 3, scope: '' });
  const named = new Map([...encoder.variables(), ...encoder.buffers()].map(({ name, variable }) => [name, variable]));
  expect([...named.keys()].sort()).toEqual(oracle.tensors.map(({ name }) => name).sort());
  oracle.tensors.forEach(({ name, shape }, k) => {
    tf.tidy(() => named.get(name)?.assign(fromTorchLayout(name, tf.tensor(formulaValues(name, shape, k), [...shape]))));
  });
  return encoder;
}

function expectFeatures(actual: tf.Tensor2D, expected: readonly (readonly number[])[]): void {
  const values = actual.dataSync();
  const flat = expected.flat();
  const largest = Math.max(...flat.map(Math.abs));
  const error = Math.max(...flat.map((value, i) => Math.abs((values[i] ?? NaN) - value))) / largest;
  expect(error).toBeLessThan(1e-4);
}

function l2(values: tf.TypedArray): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

function train(encoder: Encoder, x: tf.Tensor4D, oracle: ResNetCase): void {
  const updates = new UpdateCollector();
  const forward = trainingForward(updates);
  const shape: [number, number] = [oracle.batch, encoder.featureDim];
  const weights = tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, (_, j) => Math.sin(0.11 * j)),
    shape,
  );
  const { value, grads } = tf.variableGrads(
    () => {
      const features = encoder.apply(x, forward);
      expectFeatures(features, oracle.trainFeatures ?? []);
      return tf.mean(tf.mul(features, weights));
    },
    encoder.variables().map(({ variable }) => variable),
  );
  updates.commit();
  expect(Math.abs((value.dataSync()[0] ?? NaN) / (oracle.trainLoss ?? NaN) - 1)).toBeLessThan(1e-4);
  for (const { name, variable } of encoder.variables()) {
    const norm = l2(grads[variable.name]?.dataSync() ?? new Float32Array());
    expect(Math.abs(norm / (oracle.gradNorms?.[name] ?? NaN) - 1), `gradient of ${name}`).toBeLessThan(1e-3);
  }
  for (const { name, variable } of encoder.buffers()) {
    const expected = oracle.runningAfterTrain?.[name] ?? { mean: NaN, norm: NaN };
    const values = variable.dataSync<'float32'>();
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(l2(values) / expected.norm - 1), `norm of ${name}`).toBeLessThan(1e-4);
    // The mean of a channel-wise mean may be nearly 0: relative to the typical entry.
    const typical = expected.norm / Math.sqrt(values.length);
    expect(Math.abs(mean - expected.mean) / typical, `mean of ${name}`).toBeLessThan(1e-4);
  }
  tf.dispose([value, grads, weights]);
}

describe(`${engine} engine`, () => {
  // Where training is ill-conditioned (float32Error in the file) the reference has evaluation only.
  test.each(readResNetOracle())(
    '$arch, $size pixels, evaluation and one training step',
    (oracle) => {
      const before = tf.memory().numTensors;
      const encoder = build(oracle);
      const x = tf.tensor4d(formulaInput(oracle.batch * oracle.size ** 2 * 3), [
        oracle.batch,
        oracle.size,
        oracle.size,
        3,
      ]);
      const features = encoder.apply(x, evaluationForward());
      expectFeatures(features, oracle.evalFeatures);
      features.dispose();
      if (oracle.gradNorms) train(encoder, x, oracle);
      x.dispose();
      encoder.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
    180_000,
  );
});
