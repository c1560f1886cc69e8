import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as k from '../kernel-specs.ts';
import { expectClose, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const numbers = (t: tf.Tensor): number[] => Array.from(t.dataSync());
const expectNear = (actual: tf.Tensor, wanted: number[]): void => {
  numbers(actual).forEach((v, i) => {
    expectClose(v, wanted[i] as number, 1e-5, `element ${String(i)}`);
  });
};

describe.skipIf(!status.available)(`optimizer kernels${suffix}`, () => {
  beforeAll(useTorch);

  it.each([
    [0, false],
    [0.9, false],
    [0.9, true],
  ])('SGD with momentum %f, nesterov %s equals the formula', (momentum, nesterov) => {
    const [learningRate, decay] = [0.1, 0.01];
    const w = tf.variable(uniform([3, 5], 1));
    const m = tf.variable(tf.zeros([3, 5]));
    let [ws, ms] = [numbers(w), numbers(m)];
    for (let t = 1; t <= 3; t++) {
      const g = uniform([3, 5], 10 + t);
      const gs = numbers(g).map((v, i) => v + decay * (ws[i] as number));
      ms = gs.map((v, i) => momentum * (ms[i] as number) + v);
      ws = ws.map(
        (v, i) => v - learningRate * (nesterov ? (gs[i] as number) + momentum * (ms[i] as number) : (ms[i] as number)),
      );
      expect(
        runKernel(
          k.TESSERA_SGD_UPDATE,
          { w0: w, g0: g, m0: m },
          { count: 1, learningRate, momentum, nesterov, weightDecay: [decay] },
        ),
      ).toEqual([]);
      g.dispose();
      expectNear(w, ws);
    }
    tf.dispose([w, m]);
  });

  it('AdamW equals the formula, each variable with its own step', () => {
    const [learningRate, beta1, beta2, epsilon] = [0.01, 0.9, 0.99, 1e-8];
    const start = [3, 0];
    const weightDecay = [0.1, 0];
    const variables = start.map(
      (_, i) =>
        [uniform([7], i), tf.zeros([7]), tf.zeros([7])].map((t) => tf.variable(t)) as [
          tf.Variable,
          tf.Variable,
          tf.Variable,
        ],
    );
    const plain = variables.map((v) => v.map(numbers) as [number[], number[], number[]]);
    for (let t = 1; t <= 3; t++) {
      const grads = variables.map((_, i) => uniform([7], 20 + t + i));
      const inputs: Record<string, tf.Tensor> = {};
      variables.forEach(([w, m, v], i) => {
        Object.assign(inputs, {
          [`w${String(i)}`]: w,
          [`m${String(i)}`]: m,
          [`v${String(i)}`]: v,
          [`g${String(i)}`]: grads[i],
        });
        const [ws, ms, vs] = plain[i] as [number[], number[], number[]];
        const g = numbers(grads[i] as tf.Tensor);
        const step = (start[i] as number) + t;
        g.forEach((gi, j) => {
          ms[j] = beta1 * (ms[j] as number) + (1 - beta1) * gi;
          vs[j] = beta2 * (vs[j] as number) + (1 - beta2) * gi * gi;
          const update = ms[j] / (1 - beta1 ** step) / (Math.sqrt(vs[j] / (1 - beta2 ** step)) + epsilon);
          ws[j] = (ws[j] as number) * (1 - learningRate * (weightDecay[i] as number)) - learningRate * update;
        });
      });
      const attrs = { count: 2, learningRate, beta1, beta2, epsilon, weightDecay, step: start.map((s) => s + t) };
      runKernel(k.TESSERA_ADAMW_UPDATE, inputs, attrs);
      tf.dispose(grads);
    }
    variables.forEach(([w], i) => {
      expectNear(w, (plain[i] as [number[], number[], number[]])[0]);
    });
    tf.dispose(variables);
  });

  it.each([0, 0.3, 0.996, 1])('the momentum average with momentum %f equals the formula', (momentum) => {
    const shapes = [[3, 3, 2, 4], [40_000], []];
    const targets = shapes.map((shape, i) => tf.variable(uniform(shape, i)));
    const sources = shapes.map((shape, i) => tf.variable(uniform(shape, 10 + i)));
    const wanted = targets.map((target, i) => {
      const from = numbers(sources[i] as tf.Tensor);
      return numbers(target).map((v, j) => momentum * v + (1 - momentum) * (from[j] as number));
    });
    const inputs = Object.fromEntries(targets.flatMap((w, i) => [[`w${i}`, w], [`s${i}`, sources[i] as tf.Tensor]])); // prettier-ignore
    expect(runKernel(k.TESSERA_MOMENTUM_AVERAGE, inputs, { count: 3, momentum })).toEqual([]);
    targets.forEach((target, i) => {
      expectNear(target, wanted[i] as number[]);
    });
    expect(() =>
      runKernel(k.TESSERA_MOMENTUM_AVERAGE, { w0: targets[0] as tf.Tensor }, { count: 1, momentum }),
    ).toThrow(/s0 is missing/);
    tf.dispose([targets, sources]);
  });

  it('clones, views and slices taken before an update keep their numbers', () => {
    const attrs = { count: 1, learningRate: 1, momentum: 0, nesterov: false, weightDecay: [0] };
    const w = tf.variable(uniform([4, 6], 1));
    const g = tf.ones([4, 6]);
    const before = numbers(w);
    const [clone, view, row] = [w.clone(), tf.reshape(w, [24]), tf.slice(w, [0, 0], [3, 6])];
    runKernel(k.TESSERA_SGD_UPDATE, { w0: w, g0: g }, attrs);
    expect(numbers(clone)).toEqual(before);
    expect(numbers(view)).toEqual(before);
    expect(numbers(row)).toEqual(before.slice(0, 18));
    expectNear(
      w,
      before.map((v) => v - 1),
    );
    runKernel(k.TESSERA_SGD_UPDATE, { w0: w, g0: g }, attrs);
    expect(numbers(clone)).toEqual(before);
    expectNear(
      w,
      before.map((v) => v - 2),
    );
    tf.dispose([w, g, clone, view, row]);
  });

  it('a convolution filter updates whatever its memory layout, and its bfloat16 copy with it', async () => {
    const backend = await useTorch();
    const filter = tf.variable(uniform([3, 3, 2, 4], 1));
    const momentum = tf.variable(tf.zeros([3, 3, 2, 4]));
    const x = uniform([1, 5, 5, 2], 2) as tf.Tensor4D;
    const conv = (): number[] => tf.tidy(() => numbers(tf.conv2d(x, filter as tf.Tensor as tf.Tensor4D, 1, 1)));
    backend.precision = 'bf16';
    conv();
    const [g, ones] = [tf.onesLike(filter), tf.clone(filter)];
    runKernel(
      k.TESSERA_SGD_UPDATE,
      { w0: filter, g0: g, m0: momentum },
      { count: 1, learningRate: 0.5, momentum: 0.9, nesterov: false, weightDecay: [0] },
    );
    expectNear(
      filter,
      numbers(ones).map((v) => v - 0.5),
    );
    const after = conv();
    backend.precision = 'f32';
    const full = conv();
    after.forEach((v, i) => {
      expectClose(v, full[i] as number, 0.03);
    });
    tf.dispose([filter, momentum, x, g, ones]);
  });

  it('differing shapes and counts are errors', () => {
    const w = tf.variable(uniform([3]));
    const g = uniform([4]);
    const attrs = { count: 1, learningRate: 1, momentum: 0, nesterov: false, weightDecay: [0] };
    expect(() => runKernel(k.TESSERA_SGD_UPDATE, { w0: w, g0: g }, attrs)).toThrow(
      expect.objectContaining({ code: 'TORCH_BAD_ARGUMENT' }),
    );
    expect(() => runKernel(k.TESSERA_SGD_UPDATE, { w0: w }, attrs)).toThrow(/g0 is missing/);
    tf.dispose([w, g]);
  });
});
