/** ResNets against torchvision in float64, on the fastest engine there is. */
import { rootKey, singleProcess, type Encoder, type Forward } from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { formulaInput, formulaValues, readResNetOracle, type ResNetCase } from '../testdata/resnet-oracle.ts';
import { fromTorchLayout } from '../torch-layout.ts';
import { resnetEncoder } from './resnet.ts';

beforeAll(async () => {
  await openEngine('auto');
});

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

function input({ batch, size }: ResNetCase): tf.Tensor4D {
  return tf.tensor4d(formulaInput(batch * size * size * 3), [batch, size, size, 3]);
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

const cases = readResNetOracle();
const training = cases.filter(({ gradNorms }) => gradNorms);

describe.each(cases)('$arch, $size pixels', (oracle) => {
  test('evaluation', () => {
    const encoder = build(oracle);
    const x = input(oracle);
    const tensors = tf.memory().numTensors;
    const features = encoder.apply(x, evaluationForward());
    expect(tf.memory().numTensors).toBe(tensors + 1);
    expectFeatures(features, oracle.evalFeatures);
    tf.dispose([x, features]);
    encoder.dispose();
  });
});

describe.each(training)('$arch, $size pixels', (oracle) => {
  test('training', () => {
    const before = tf.memory().numTensors;
    const encoder = build(oracle);
    const x = input(oracle);
    const updates = new UpdateCollector();
    const forward: Forward = { training: true, statistics: 'local', updates, collective: singleProcess };
    const weights = tf.tensor(
      Float32Array.from({ length: oracle.batch * encoder.featureDim }, (_, j) => Math.sin(0.11 * j)),
      [oracle.batch, encoder.featureDim],
    );
    const { value, grads } = tf.variableGrads(
      () => {
        const features = encoder.apply(x, forward);
        expectFeatures(features, oracle.trainFeatures ?? []);
        return tf.mean(tf.mul(features, weights));
      },
      encoder.variables().map(({ variable }) => variable),
    );
    const expectedLoss = oracle.trainLoss ?? NaN;
    expect(Math.abs((value.dataSync()[0] ?? NaN) / expectedLoss - 1)).toBeLessThan(1e-4);
    updates.commit();
    for (const { name, variable } of encoder.variables()) {
      const norm = l2(grads[variable.name]?.dataSync() ?? new Float32Array());
      expect(Math.abs(norm / (oracle.gradNorms?.[name] ?? NaN) - 1), `gradient of ${name}`).toBeLessThan(1e-3);
    }
    for (const { name, variable } of encoder.buffers()) {
      const expected = oracle.runningAfterTrain?.[name];
      const values = variable.dataSync<'float32'>();
      const norm = l2(values);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const scale = (expected?.norm ?? NaN) / Math.sqrt(values.length);
      expect(Math.abs(norm / (expected?.norm ?? NaN) - 1), `norm of ${name}`).toBeLessThan(1e-4);
      expect(Math.abs(mean - (expected?.mean ?? NaN)) / scale, `mean of ${name}`).toBeLessThan(1e-4);
    }
    tf.dispose([value, grads, x, weights]);
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
