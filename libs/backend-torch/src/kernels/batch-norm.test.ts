import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as k from '../kernel-specs.ts';
import { expectClose, expectSame, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const epsilon = 1e-5;
const numbers = (t: tf.Tensor): number[] => Array.from(t.dataSync());

interface Oracle {
  y: number[];
  mean: number[];
  variance: number[];
  dx: number[];
  dGamma: number[];
  dBeta: number[];
  dResidual: number[];
}

/** The formulas, slowly and in double precision: Ioffe & Szegedy 2015, section 3. */
function oracle(
  x: number[],
  gamma: number[],
  beta: number[],
  residual: number[] | undefined,
  dy: number[],
  relu: boolean,
): Oracle {
  const C = gamma.length;
  const R = x.length / C;
  const column = (v: number[], c: number): number[] => v.filter((_, i) => i % C === c);
  const sum = (v: number[]): number => v.reduce((p, q) => p + q, 0);
  const mean = gamma.map((_, c) => sum(column(x, c)) / R);
  const variance = gamma.map((_, c) => sum(column(x, c).map((v) => (v - (mean[c] as number)) ** 2)) / R);
  const hat = x.map((v, i) => (v - (mean[i % C] as number)) / Math.sqrt((variance[i % C] as number) + epsilon));
  const linear = hat.map((h, i) => h * (gamma[i % C] as number) + (beta[i % C] as number) + (residual?.[i] ?? 0));
  const y = linear.map((v) => (relu ? Math.max(0, v) : v));
  const d = dy.map((v, i) => (relu && (linear[i] as number) <= 0 ? 0 : v));
  const dBeta = gamma.map((_, c) => sum(column(d, c)));
  const dGamma = gamma.map((_, c) =>
    sum(
      column(
        d.map((v, i) => v * (hat[i] as number)),
        c,
      ),
    ),
  );
  const dx = d.map((v, i) => {
    const c = i % C;
    const scale = (gamma[c] as number) / Math.sqrt((variance[c] as number) + epsilon);
    return scale * (v - (dBeta[c] as number) / R - ((hat[i] as number) * (dGamma[c] as number)) / R);
  });
  return { y, mean, variance, dx, dGamma, dBeta, dResidual: d };
}

function expectNear(actual: tf.Tensor | undefined, wanted: number[], tolerance: number, what: string): void {
  const values = numbers(actual as tf.Tensor);
  expect(values.length).toBe(wanted.length);
  values.forEach((v, i) => {
    expectClose(v, wanted[i] as number, tolerance, `${what}[${String(i)}]`);
  });
}

describe.skipIf(!status.available)(`batch normalisation${suffix}`, () => {
  beforeAll(useTorch);

  const shapes = [
    [6, 5],
    [40, 16],
    [2, 3, 3, 17],
    [3, 4, 5, 32],
    [1, 2, 2, 1],
    [2000, 3],
  ];
  it.each(
    shapes.flatMap((shape) =>
      [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ].map(([relu, residual]) => ({ shape, relu, residual })),
    ),
  )('equals the formula: $shape relu=$relu residual=$residual', ({ shape, relu = false, residual = false }) => {
    tf.tidy(() => {
      const C = shape.at(-1) as number;
      const [x, r, dy] = [uniform(shape, 1, 3, 7), uniform(shape, 2), uniform(shape, 3)];
      const [gamma, beta] = [uniform([C], 4, 0.5, 2), uniform([C], 5)];
      const wanted = oracle(
        numbers(x),
        numbers(gamma),
        numbers(beta),
        residual ? numbers(r) : undefined,
        numbers(dy),
        relu,
      );
      const [y, mean, variance] = runKernel(
        k.TESSERA_BATCH_NORM_TRAIN,
        { x, gamma, beta, ...(residual && { residual: r }) },
        { epsilon, relu },
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      expectNear(y, wanted.y, 1e-4, 'y');
      expectNear(mean, wanted.mean, 1e-5, 'mean');
      expectNear(variance, wanted.variance, 1e-5, 'variance');
      const inputs = { dy, x, gamma, mean, variance, ...(relu && { y }) };
      const [dx, dGamma, dBeta, dResidual] = runKernel(k.TESSERA_BATCH_NORM_TRAIN_GRAD, inputs, {
        epsilon,
        relu,
        residual,
      });
      expectNear(dx, wanted.dx, 2e-4, 'dx');
      expectNear(dGamma, wanted.dGamma, 2e-4, 'dGamma');
      expectNear(dBeta, wanted.dBeta, 2e-4, 'dBeta');
      if (residual) expectNear(dResidual, wanted.dResidual, 1e-6, 'dResidual');
      else expect(dResidual).toBeUndefined();
      if (relu && !residual) {
        const fromX = runKernel(
          k.TESSERA_BATCH_NORM_TRAIN_GRAD,
          { dy, x, gamma, mean, variance, beta },
          { epsilon, relu, residual },
        );
        expect(fromX.map(numbers)).toEqual([dx, dGamma, dBeta].map((t) => numbers(t as tf.Tensor)));
      }
    });
  });

  it('keeps precision when the mean is large', () => {
    tf.tidy(() => {
      const x = tf.add(uniform([5000, 16], 1, -1, 1), 1e4);
      const [, , variance] = runKernel(
        k.TESSERA_BATCH_NORM_TRAIN,
        { x, gamma: tf.ones([16]), beta: tf.zeros([16]) },
        { epsilon, relu: false },
      );
      for (const v of numbers(variance as tf.Tensor)) expect(v).toBeCloseTo(1 / 3, 1);
    });
  });

  it('is the same on one thread and on two, and repeats exactly', async () => {
    const backend = await useTorch();
    const run = (): number[] =>
      tf.tidy(() => {
        const x = uniform([4096, 16], 1);
        return numbers(
          runKernel(
            k.TESSERA_BATCH_NORM_TRAIN,
            { x, gamma: tf.ones([16]), beta: tf.zeros([16]) },
            { epsilon, relu: true },
          )[0] as tf.Tensor,
        );
      });
    const two = run();
    expect(run()).toEqual(two);
    backend.native.setThreads(1);
    const one = run();
    backend.native.setThreads(2);
    one.forEach((v, i) => {
      expectClose(v, two[i] as number, 1e-5);
    });
  });

  it('tf.batchNorm and the fused inference kernel', async () => {
    const x = (): tf.Tensor4D => uniform([2, 3, 3, 5], 1) as tf.Tensor4D;
    const p = (seed: number): tf.Tensor1D => uniform([5], seed, 0.5, 2) as tf.Tensor1D;
    await expectSame(() => tf.batchNorm(x(), p(1), p(2), p(3), p(4), 1e-3), 1e-4);
    await expectSame(() => tf.batchNorm(x(), p(1), p(2)), 1e-4);
    await expectSame(() => tf.batchNorm(x(), x(), tf.add(tf.square(x()), 1)), 1e-4);
    tf.tidy(() => {
      const inputs = { x: x(), mean: p(1), variance: p(2), gamma: p(4), beta: p(3), residual: x() };
      const [y] = runKernel(k.TESSERA_BATCH_NORM_INFER, inputs, { epsilon, relu: true }) as [tf.Tensor];
      const wanted = tf.relu(tf.add(tf.batchNorm(x(), p(1), p(2), p(3), p(4), epsilon), x()));
      expectNear(y, numbers(wanted), 1e-4, 'y');
    });
  });

  it('reluGrad and addRelu', () => {
    tf.tidy(() => {
      for (const n of [1, 15, 16, 1000]) {
        const [a, b] = [uniform([n], 1), uniform([n], 2)];
        const [y] = runKernel(k.TESSERA_ADD_RELU, { a, b }) as [tf.Tensor];
        expectNear(y, numbers(tf.relu(tf.add(a, b))), 1e-6, 'y');
        const [dx] = runKernel(k.TESSERA_RELU_GRAD, { dy: a, y }) as [tf.Tensor];
        expectNear(dx, numbers(tf.mul(a, tf.cast(tf.greater(y, 0), 'float32'))), 0, 'dx');
      }
    });
  });

  it('bad shapes are errors with a code', () => {
    tf.tidy(() => {
      const inputs = { x: uniform([4, 3]), gamma: tf.ones([2]), beta: tf.zeros([3]) };
      expect(() => runKernel(k.TESSERA_BATCH_NORM_TRAIN, inputs, { epsilon, relu: false })).toThrow(
        expect.objectContaining({
          code: 'TORCH_BAD_ARGUMENT',
          message: expect.stringContaining('gamma has 2 elements for 3 channels') as string,
        }),
      );
    });
  });
});
