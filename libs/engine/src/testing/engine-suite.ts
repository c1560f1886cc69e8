/** What every engine must do alike; the oracle is tfjs in plain JavaScript. Legend: B images, H W pixels, C channels, D features. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { isTesseraError } from '@tessera/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEngine, toFloat32, withExactSums, type EngineName } from '../index.ts';
import { exactSumsCases } from './exact-sums-cases.ts';
import { differentiable, forwardOnly, type Case } from './op-cases.ts';
import { typeCases } from './type-cases.ts';

/** Registers the suite for one engine; where it does not load here, the suite is skipped and its name says why. */
export async function engineSuite(name: EngineName): Promise<void> {
  const missing = await whyMissing(name);
  const title = missing === undefined ? `the ${name} engine` : `the ${name} engine (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(title, () => {
    beforeAll(async () => {
      await openEngine('cpu');
      await openEngine(name);
    });

    it.each(forwardOnly)('computes $name as the reference does', (op) => compareWithReference(name, () => values(op)));
    it.each(typeCases)('computes $name as the reference does', (op) => compareWithReference(name, () => values(op)));
    it.each(differentiable)('computes $name as the reference does', (op) =>
      compareWithReference(name, () => values(op)),
    );
    it.each(differentiable)('differentiates $name as the reference does', (op) =>
      compareWithReference(name, () => gradients(op)),
    );
    it.each(differentiable.filter(({ rough }) => rough !== true))(
      'differentiates $name as finite differences do',
      (op) => {
        compareWithFiniteDifferences(op);
      },
    );

    // tfjs in plain JavaScript has no such sums.
    const exact = name === 'cpu' ? [] : exactSumsCases;
    it.each(exact)('sums $name in float64 where asked to', ({ compute, expected }) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const summed = withExactSums(compute);
        expect(summed.exact).toBe(true);
        expect([...summed.value.dataSync()]).toEqual(expected);
        // And only where asked to.
        expect([...compute().dataSync()]).not.toEqual(expected);
      });
      expect(tf.memory().numTensors).toBe(before);
    });

    describe('a training step', () => {
      let network: Network;
      beforeEach(() => {
        network = createNetwork();
      });

      it('has the loss and the gradients of the reference', () =>
        compareWithReference(name, () => trainingStep(network, false)));

      it('leaks no tensor', () => {
        trainingStep(network, true);
        const before = tf.memory().numTensors;
        for (let step = 0; step < 3; step++) trainingStep(network, true);
        expect(tf.memory().numTensors).toBe(before);
        expect(tf.memory().numDataBuffers).toBeLessThanOrEqual(before);
      });

      afterAll(() => {
        tf.disposeVariables();
      });
    });
  });
}

async function whyMissing(name: EngineName): Promise<string | undefined> {
  try {
    await openEngine(name);
    return undefined;
  } catch (error) {
    if (isTesseraError(error) && error.code === 'E_ENGINE_UNAVAILABLE') return error.message;
    throw error;
  }
}

interface Result {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

async function compareWithReference(name: EngineName, run: () => Result[]): Promise<void> {
  await tf.setBackend('cpu');
  const expected = run();
  await tf.setBackend(name);
  const actual = run();
  for (const [i, { values: wanted, ...wantedType }] of expected.entries()) {
    const { values: got = [], ...gotType } = actual[i] ?? {};
    expect(gotType).toEqual(wantedType);
    const largest = Math.min(1e3, Math.max(1, ...wanted.map(Math.abs)));
    for (const [j, value] of wanted.entries()) {
      const difference = got[j] === value ? 0 : Math.abs((got[j] ?? NaN) - value);
      const what = `${wantedType.name}[${String(j)}]: ${String(got[j])}, expected ${String(value)}`;
      if (!Number.isNaN(value)) expect(difference, what).toBeLessThan(1e-4 * Math.max(largest, Math.abs(value)));
      else expect(got[j], what).toBeNaN();
    }
  }
}

function result(name: string, x: Tensor): Result {
  return { name, dtype: x.dtype, shape: x.shape, values: [...toFloat32(x).dataSync()] };
}

/** tf.tidy for results that hold no tensors. */
function scoped<T>(run: () => T): T {
  tf.engine().startScope();
  try {
    return run();
  } finally {
    tf.engine().endScope();
  }
}

function values({ name, inputs, run }: Case): Result[] {
  return scoped(() => [run(...inputs())].flat().map((out, i) => result(`${name} ${String(i)}`, out)));
}

/** A fixed weight for every element, so that a gradient of the weighted sum tells the outputs apart. */
function weights(shape: number[]): Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
    shape,
  );
}

function weightedSum({ run }: Case, inputs: Tensor[]): Scalar {
  const [out] = [run(...inputs)].flat();
  if (!out) throw new Error('an operation without output');
  return tf.sum(tf.mul(out, weights(out.shape)));
}

function gradients(op: Case): Result[] {
  return scoped(() =>
    tf
      .grads((...inputs: Tensor[]) => weightedSum(op, inputs))(op.inputs())
      .map((g, i) => result(`d${op.name}/d${String(i)}`, g)),
  );
}

function compareWithFiniteDifferences(op: Case): void {
  const step = 1e-2;
  scoped(() => {
    const inputs = op.inputs();
    const analytic = gradients(op);
    for (const [i, input] of inputs.entries()) {
      const host = input.dataSync().slice();
      // A handful of elements: every one costs two passes.
      for (let j = 0; j < host.length; j += Math.ceil(host.length / 6)) {
        const lossAt = (delta: number): number => {
          const moved = host.slice();
          moved[j] = (moved[j] ?? 0) + delta;
          return weightedSum(op, inputs.with(i, tf.tensor(moved, input.shape))).dataSync()[0] ?? NaN;
        };
        const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
        expect(
          Math.abs((analytic[i]?.values[j] ?? NaN) - numeric),
          `d${op.name}/d${String(i)}[${String(j)}]`,
        ).toBeLessThan(2e-2 * Math.max(1, Math.abs(numeric)));
      }
    }
  });
}

/** Convolution, batch norm, relu, pooling and a linear layer: one of everything that the encoders have. */
interface Network {
  readonly x_BHWC: Tensor4D;
  readonly filter: tf.Variable;
  readonly gamma_C: tf.Variable;
  readonly beta_C: tf.Variable;
  readonly dense: tf.Variable;
}

function createNetwork(): Network {
  const normal = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 0.5, 'float32', seed);
  return {
    x_BHWC: tf.variable(normal([4, 8, 8, 3], 1), false) as Tensor as Tensor4D,
    filter: tf.variable(normal([3, 3, 3, 6], 2)),
    gamma_C: tf.variable(tf.add(normal([6], 3), 1)),
    beta_C: tf.variable(normal([6], 4)),
    dense: tf.variable(normal([6, 5], 5)),
  };
}

function trainingStep(network: Network, update: boolean): Result[] {
  const { x_BHWC, filter, gamma_C, beta_C, dense } = network;
  return scoped(() => {
    const variables = [filter, gamma_C, beta_C, dense];
    const { value, grads } = tf.variableGrads(() => {
      const c_BHWC = tf.conv2d(x_BHWC, filter as Tensor4D, 2, 1);
      const { mean, variance } = tf.moments(c_BHWC, [0, 1, 2]);
      const normalized = tf.batchNorm(
        c_BHWC,
        mean as Tensor1D,
        variance as Tensor1D,
        beta_C as Tensor1D,
        gamma_C as Tensor1D,
        1e-5,
      );
      const pooled_BHWC = tf.maxPool(tf.relu(normalized), 2, 2, 0);
      const h_BD = tf.mean<Tensor2D>(pooled_BHWC, [1, 2]);
      const logits = tf.matMul(h_BD, dense);
      const target = tf.oneHot(tf.tensor1d([0, 3, 1, 4], 'int32'), 5);
      return tf.neg(tf.mean<Scalar>(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1)));
    }, variables);
    const results = [result('loss', value)];
    for (const variable of variables) {
      const gradient = grads[variable.name];
      if (!gradient) throw new Error(`no gradient of ${variable.name}`);
      results.push(result(variable.name, gradient));
      if (update) variable.assign(tf.sub(variable, tf.mul(gradient, 0.1)));
    }
    return results;
  });
}
