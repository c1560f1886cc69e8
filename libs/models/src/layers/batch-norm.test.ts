import { isTesseraError, rootKey, type Collective, type Forward } from '@tessera/core';
import { evaluationForward, UpdateCollector } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { ParameterSet } from '../parameters.ts';
import { trainingForward } from '../testdata/tiny-forward.ts';
import { createBatchNorm, type AfterNorm, type BatchNorm } from './batch-norm.ts';

const SHAPE: [number, number, number, number] = [2, 3, 2, 4];
const SIZE = 48;
const CHANNELS = 4;

function wave(length: number, phase: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase) + 0.3 * Math.cos(0.9 * i * i));
}

interface Made {
  readonly parameters: ParameterSet;
  readonly norm: BatchNorm;
}

function make(): Made {
  const parameters = new ParameterSet('bn', rootKey(0));
  const norm = createBatchNorm(parameters, 'bn1', { channels: CHANNELS });
  const [gamma, beta] = parameters.variables;
  tf.tidy(() => {
    gamma?.variable.assign(tf.tensor1d([1.2, -0.7, 0.5, 2]));
    beta?.variable.assign(tf.tensor1d([0.1, -0.2, 0.3, 0]));
  });
  return { parameters, norm };
}

/** The textbook formula in plain numbers: an independent, slow implementation. */
function reference(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  residual: Float32Array | undefined,
  relu: boolean,
): { y: number[]; mean: number[]; variance: number[] } {
  const rows = x.length / CHANNELS;
  const mean = Array.from(
    { length: CHANNELS },
    (_, c) => Array.from({ length: rows }, (_, n) => x[n * CHANNELS + c] ?? 0).reduce((a, b) => a + b, 0) / rows,
  );
  const variance = Array.from(
    { length: CHANNELS },
    (_, c) =>
      Array.from({ length: rows }, (_, n) => ((x[n * CHANNELS + c] ?? 0) - (mean[c] ?? 0)) ** 2).reduce(
        (a, b) => a + b,
        0,
      ) / rows,
  );
  const y = Array.from(x, (value, i) => {
    const c = i % CHANNELS;
    const normalized =
      ((value - (mean[c] ?? 0)) / Math.sqrt((variance[c] ?? 0) + 1e-5)) * (gamma[c] ?? 0) +
      (beta[c] ?? 0) +
      (residual?.[i] ?? 0);
    return relu ? Math.max(0, normalized) : normalized;
  });
  return { y, mean, variance };
}

const variants = [
  { relu: false, residual: false },
  { relu: true, residual: false },
  { relu: false, residual: true },
  { relu: true, residual: true },
];

function after(relu: boolean, residual: tf.Tensor4D | undefined): AfterNorm<tf.Tensor4D> {
  return { relu, ...(residual && { residual }) };
}

await describeEngines(['cpu', 'wasm', 'torch'], () => {
  describe.each(variants)('relu $relu, residual $residual', (variant) => {
    test('values and gradients', () => {
      const { parameters, norm } = make();
      const before = tf.memory().numTensors;
      const updates = new UpdateCollector();
      const [gamma, beta] = parameters.variables.map(({ variable }) => variable as tf.Variable<tf.Rank.R1>);
      if (!gamma || !beta) throw new Error('two variables expected');
      const x = tf.tensor4d(wave(SIZE, 0), SHAPE);
      const residual = variant.residual ? tf.tensor4d(wave(SIZE, 2), SHAPE) : undefined;
      const weights = tf.tensor4d(wave(SIZE, 5), SHAPE);
      const inputs = residual ? [x, gamma, beta, residual] : [x, gamma, beta];
      const loss = (): tf.Scalar =>
        tf.sum(tf.mul(norm(x, trainingForward(updates), after(variant.relu, residual)), weights));
      const { value, grads } = tf.valueAndGrads(() => loss())(inputs);
      updates.discard();

      const arrays = inputs.map((tensor) => Float32Array.from(tensor.dataSync()));
      const numeric = (): number => {
        const [x_ = new Float32Array(), gamma_ = new Float32Array(), beta_ = new Float32Array(), residual_] = arrays;
        const { y } = reference(x_, gamma_, beta_, residual_, variant.relu);
        return y.reduce((total, entry, i) => total + entry * (wave(SIZE, 5)[i] ?? 0), 0);
      };
      expect(value.dataSync()[0]).toBeCloseTo(numeric(), 4);
      arrays.forEach((array, k) => {
        const analytic = grads[k]?.dataSync() ?? [];
        array.forEach((original, i) => {
          // Central differences of the float64 reference; float32 storage limits the step.
          array[i] = original + 1e-3;
          const high = [numeric(), array[i]] as const;
          array[i] = original - 1e-3;
          const low = [numeric(), array[i]] as const;
          array[i] = original;
          const expected = (high[0] - low[0]) / (high[1] - low[1]);
          expect(Math.abs((analytic[i] ?? NaN) - expected), `input ${k}, entry ${i}`).toBeLessThan(
            2e-3 * (1 + Math.abs(expected)),
          );
        });
      });
      tf.dispose([x, weights, value, grads]);
      residual?.dispose();
      expect(tf.memory().numTensors).toBe(before);
      parameters.dispose();
    });

    test('evaluation uses the running statistics and changes nothing', () => {
      const { parameters, norm } = make();
      const [mean, variance] = parameters.buffers;
      tf.tidy(() => {
        mean?.variable.assign(tf.tensor1d([1, 2, 3, 4]));
        variance?.variable.assign(tf.tensor1d([4, 1, 0.25, 9]));
      });
      tf.tidy(() => {
        const x = tf.tensor4d(wave(SIZE, 0), SHAPE);
        const residual = tf.tensor4d(wave(SIZE, 2), SHAPE);
        const [gamma, beta] = parameters.variables.map(({ variable }) => variable as tf.Variable<tf.Rank.R1>);
        const expected = tf.batchNorm(x, tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([4, 1, 0.25, 9]), beta, gamma, 1e-5);
        const summed = variant.residual ? tf.add(expected, residual) : expected;
        const wanted = variant.relu ? tf.relu(summed) : summed;
        const got = norm(x, evaluationForward(), after(variant.relu, variant.residual ? residual : undefined));
        expect(tf.max(tf.abs(tf.sub(got, wanted))).dataSync()[0]).toBeLessThan(1e-5);
        expect([...(mean?.variable.dataSync() ?? [])]).toEqual([1, 2, 3, 4]);
      });
      parameters.dispose();
    });
  });

  test.each(variants)('gradients through running statistics, relu $relu, residual $residual', (variant) => {
    const { parameters, norm } = make();
    tf.tidy(() => {
      const [mean, variance] = [tf.tensor1d([0.1, 0.2, -0.3, 0.4]), tf.tensor1d([4, 1, 0.25, 9])];
      parameters.buffers[0]?.variable.assign(mean);
      parameters.buffers[1]?.variable.assign(variance);
      const [gamma, beta] = parameters.variables.map(({ variable }) => variable as tf.Variable<tf.Rank.R1>);
      if (!gamma || !beta) throw new Error('two variables expected');
      const x = tf.tensor4d(wave(SIZE, 0), SHAPE);
      const residual = variant.residual ? tf.tensor4d(wave(SIZE, 2), SHAPE) : undefined;
      const weights = tf.tensor4d(wave(SIZE, 5), SHAPE);
      const inputs = residual ? [x, gamma, beta, residual] : [x, gamma, beta];
      const plain = (): tf.Tensor => {
        const scaled = tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), gamma);
        const summed = residual ? tf.add(tf.add(scaled, beta), residual) : tf.add(scaled, beta);
        return tf.sum(tf.mul(variant.relu ? tf.relu(summed) : summed, weights));
      };
      const ours = (): tf.Tensor =>
        tf.sum(tf.mul(norm(x, evaluationForward(), after(variant.relu, residual)), weights));
      const expected = tf.grads(plain)(inputs);
      tf.grads(ours)(inputs).forEach((gradient, i) => {
        expect(tf.max(tf.abs(tf.sub(gradient, expected[i] ?? NaN))).dataSync()[0], `input ${i}`).toBeLessThan(1e-5);
      });
    });
    parameters.dispose();
  });

  test("trap 33: running statistics move by torch's momentum 0.1 (TensorFlow's 0.9), unbiased variance, in the order of the calls", () => {
    const { parameters, norm } = make();
    const updates = new UpdateCollector();
    const x = wave(SIZE, 0);
    const { mean, variance } = reference(x, x, x, undefined, false);
    const input = tf.tensor4d(x, SHAPE);
    tf.dispose(norm(input, trainingForward(updates)));
    expect([...(parameters.buffers[0]?.variable.dataSync() ?? [])]).toEqual([0, 0, 0, 0]);
    updates.commit();
    const rows = SIZE / CHANNELS;
    parameters.buffers[0]?.variable.dataSync().forEach((value, c) => {
      expect(value).toBeCloseTo(0.1 * (mean[c] ?? 0), 6);
    });
    parameters.buffers[1]?.variable.dataSync().forEach((value, c) => {
      expect(value).toBeCloseTo(0.9 + (0.1 * (variance[c] ?? 0) * rows) / (rows - 1), 6);
    });
    input.dispose();
    parameters.dispose();
  });

  test('is accurate where the mean dwarfs the deviation', () => {
    const { parameters, norm } = make();
    tf.tidy(() => {
      const x = tf.tensor4d(
        Float32Array.from({ length: SIZE }, (_, i) => 1000 + (Math.floor(i / CHANNELS) % 2)),
        SHAPE,
      );
      const y = norm(x, trainingForward(new UpdateCollector())).dataSync();
      // Deviation 0.5, variance 0.25: entries are gamma * (-1 or 1) + beta.
      expect(y[0]).toBeCloseTo(-1.2 + 0.1, 2);
      expect(y[4]).toBeCloseTo(1.2 + 0.1, 2);
    });
    parameters.dispose();
  });

  test('a single value per channel is an error that says what to do', () => {
    const { parameters, norm } = make();
    const x = tf.zeros<tf.Rank.R4>([1, 1, 1, CHANNELS]);
    let code = '';
    try {
      norm(x, trainingForward(new UpdateCollector()));
    } catch (error) {
      code = isTesseraError(error) ? error.code : String(error);
    }
    expect(code).toBe('E_BATCH_TOO_SMALL');
    x.dispose();
    parameters.dispose();
  });

  describe('collective statistics', () => {
    /** Two ranks in lock step: each collects its addends, and a second pass adds the other's. */
    function twoRanks(run: (forward: Forward, rank: number) => tf.Tensor[]): tf.Tensor[][] {
      const addends: tf.Tensor[][] = [[], []];
      let results: tf.Tensor[][] = [];
      // Sums depend on earlier sums, so each round fixes one more of them; three rounds of both ranks settle a forward and a backward.
      for (let round = 0; round < 5; round++) {
        const previous = addends.map((list) => list.slice());
        results = [0, 1].map((rank) => {
          addends[rank] = [];
          const collective: Collective = {
            rank,
            worldSize: 2,
            allGather: (x) => x,
            allReduceSum: <T extends tf.Tensor>(x: T): T => {
              const index = addends[rank]?.push(tf.keep(x.clone())) ?? 0;
              const other = previous[1 - rank]?.[index - 1];
              return other ? tf.add<T>(x, other) : x;
            },
          };
          return run(trainingForward(new UpdateCollector(), collective), rank);
        });
      }
      return results;
    }

    test('trap 31: the variance over ranks is the mean of the variances plus the variance of the means', () => {
      const { parameters, norm } = make();
      const parts = [wave(24, 0).map((value) => value - 1), wave(24, 3).map((value) => value + 3)];
      const own = parts.map((x) => reference(x, x, x, undefined, false));
      const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
      const mean = Array.from({ length: CHANNELS }, (_, c) => average(own.map((rank) => rank.mean[c] ?? NaN)));
      const variance = mean.map((m, c) =>
        average(own.map((rank) => (rank.variance[c] ?? NaN) + ((rank.mean[c] ?? NaN) - m) ** 2)),
      );
      const [gamma, beta] = parameters.variables.map(({ variable }) => variable.dataSync());
      const outputs = twoRanks((forward, rank) => [norm(tf.tensor4d(parts[rank] ?? [], [1, 3, 2, CHANNELS]), forward)]);
      outputs.forEach(([y], rank) => {
        expect(y?.size).toBe(24);
        y?.dataSync().forEach((value, i) => {
          const c = i % CHANNELS;
          const scale = (gamma?.[c] ?? NaN) / Math.sqrt((variance[c] ?? NaN) + 1e-5);
          expect(value).toBeCloseTo(((parts[rank]?.[i] ?? NaN) - (mean[c] ?? NaN)) * scale + (beta?.[c] ?? NaN), 4);
        });
      });
      parameters.dispose();
    });

    test('trap 31: two ranks with half the batch each equal one with all of it', () => {
      const { parameters, norm } = make();
      const data = wave(SIZE, 0);
      const weights = wave(SIZE, 5);
      const gradientOf = (forward: Forward, from: number, to: number): tf.Tensor[] => {
        const shape: [number, number, number, number] = [(to - from) / 24, 3, 2, 4];
        const x = tf.tensor4d(data.slice(from, to), shape);
        const { value, grads } = tf.valueAndGrads((input) =>
          tf.sum(
            tf.mul(norm(input as tf.Tensor4D, forward, { relu: true }), tf.tensor4d(weights.slice(from, to), shape)),
          ),
        )([x]);
        return [value, ...grads];
      };
      const [, whole] = gradientOf(trainingForward(new UpdateCollector()), 0, SIZE);
      const halves = twoRanks((forward, rank) => gradientOf(forward, rank * 24, rank * 24 + 24));
      const joined = halves.flatMap(([, dx]) => [...(dx?.dataSync() ?? [])]);
      joined.forEach((value, i) => {
        expect(value).toBeCloseTo(whole?.dataSync()[i] ?? NaN, 4);
      });
      parameters.dispose();
    });
  });
});
