/** Runs where there is a GPU; see scripts/gpu. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TorchBackend } from './backend.ts';
import { captureStep } from './graph.ts';
import { TESSERA_SGD_UPDATE } from './kernel-specs.ts';
import { expectClose, runKernel, status, uniform, useTorch } from './testing/compare.ts';

const gpu =
  status.available && status.devices.length > 0 && process.env['TESSERA_TEST_DEVICE']?.startsWith('cuda') === true;

/** Least squares by SGD with momentum, and a running mean that is assigned as batch norm's is. */
function makeStep(
  x: tf.Tensor2D,
  y: tf.Tensor2D,
): { step: () => tf.Scalar; state: () => number[]; dispose: () => void } {
  const w = tf.tidy(() => tf.variable(uniform([4, 2], 7) as tf.Tensor2D));
  const m = tf.tidy(() => tf.variable(tf.zeros([4, 2])));
  const mean = tf.tidy(() => tf.variable(tf.zeros([4])));
  const step = (): tf.Scalar =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => tf.mean(tf.squaredDifference(tf.matMul(x, w), y)), [w]);
      mean.assign(tf.add(tf.mul(mean, 0.9), tf.mul(tf.mean(x, 0), 0.1)));
      const attrs = { count: 1, learningRate: 0.05, momentum: 0.9, nesterov: false, weightDecay: [0] };
      runKernel(TESSERA_SGD_UPDATE, { w0: w, g0: grads[w.name] as tf.Tensor, m0: m }, attrs);
      return value;
    });
  const state = (): number[] => [w, m, mean].flatMap((variable) => [...variable.dataSync()]);
  return {
    step,
    state,
    dispose: () => {
      tf.dispose([w, m, mean]);
    },
  };
}

describe.skipIf(!gpu)(`captured steps${gpu ? '' : ' (SKIPPED: no GPU, or TESSERA_TEST_DEVICE is not cuda)'}`, () => {
  let backend: TorchBackend;
  beforeAll(async () => {
    backend = await useTorch();
  });

  it('go on from where they were, as the same steps without a graph do', () => {
    const [x, y] = [uniform([8, 4], 1) as tf.Tensor2D, uniform([8, 2], 2) as tf.Tensor2D];
    const inputs = [3, 4, 5].map((seed) => tf.tidy(() => uniform([8, 4], seed).dataSync() as Float32Array));
    const eager = makeStep(x, y);
    for (let i = 0; i < 2; i++) tf.dispose(eager.step());
    const losses: number[] = [];
    for (const values of inputs) {
      backend.overwrite(x, values);
      const loss = eager.step();
      losses.push(loss.dataSync()[0] ?? NaN);
      loss.dispose();
    }
    const wanted = eager.state();
    tf.tidy(() => {
      backend.overwrite(x, uniform([8, 4], 1).dataSync());
    });
    const graphed = makeStep(x, y);
    const captured = captureStep(backend, graphed.step, { warmUp: 2 });
    inputs.forEach((values, i) => {
      backend.overwrite(x, values);
      captured.replay();
      expectClose(captured.outputs.dataSync()[0] ?? NaN, losses[i] ?? NaN, 1e-5, `loss ${String(i)}`);
    });
    graphed.state().forEach((value, i) => {
      expectClose(value, wanted[i] ?? NaN, 1e-5, `state ${String(i)}`);
    });
    captured.dispose();
    eager.dispose();
    graphed.dispose();
    tf.dispose([x, y]);
  });

  it('read nothing, upload nothing, and an error leaves the device usable', () => {
    const x = uniform([3]);
    for (const step of [() => tf.scalar(x.dataSync()[0] ?? 0), () => tf.add(x, tf.tensor1d([1, 2, 3]))]) {
      expect(() => captureStep(backend, step, { warmUp: 0 })).toThrow(
        expect.objectContaining({ code: 'TORCH_CAPTURE' }) as Error,
      );
    }
    const sum = tf.sum(x);
    expect(Number.isFinite(sum.dataSync()[0])).toBe(true);
    tf.dispose([x, sum]);
  });
});
