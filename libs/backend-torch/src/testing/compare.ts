/** Shared by the tests: the same computation on tfjs's cpu backend and on torch. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'vitest';
import { torchAddonStatus } from '../addon.ts';
import { TorchBackend } from '../backend.ts';
import type { DeviceChoice } from '../device.ts';
import { registerTorchBackend } from '../register.ts';

export const status = torchAddonStatus();

/** The end of a suite's name: it shows why the suite is skipped where it is. */
export const suffix = status.available ? '' : ` (SKIPPED: ${status.reason})`;

export async function useTorch(): Promise<TorchBackend> {
  // Tests of a GPU are these tests, with TESSERA_TEST_DEVICE=cuda; see scripts/gpu.
  registerTorchBackend({ threads: 2, device: (process.env['TESSERA_TEST_DEVICE'] ?? 'cpu') as DeviceChoice });
  await tf.setBackend('torch');
  const backend = tf.backend();
  if (!(backend instanceof TorchBackend)) throw new Error('the torch backend did not start');
  return backend;
}

/** Uniform numbers in [low, high), the same for the same seed. */
export function uniform(shape: number[], seed = 1, low = -2, high = 2): tf.Tensor {
  let state = (seed * 2654435761 + 12345) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const n = shape.reduce((p, q) => p * q, 1);
  return tf.tensor(
    Float32Array.from({ length: n }, () => low + (high - low) * next()),
    shape,
  );
}

/** Integers in [low, high), the same for the same seed. */
export function integers(shape: number[], low: number, high: number, seed = 1): tf.Tensor {
  return tf.tidy(() => {
    const values = uniform(shape, seed, low, high).dataSync();
    return tf.tensor(
      Int32Array.from(values, (v) => Math.min(high - 1, Math.floor(v))),
      shape,
      'int32',
    );
  });
}

interface Result {
  shape: number[];
  dtype: string;
  values: number[];
}

export type Computation = () => tf.Tensor | tf.Tensor[];

function evaluate(f: Computation): Result[] {
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    return ([] as tf.Tensor[])
      .concat(f())
      .map((t) => ({ shape: t.shape, dtype: t.dtype, values: Array.from(t.dataSync()) }));
  });
  expect(tf.memory().numTensors).toBe(before);
  return results;
}

/** Fails unless torch and cpu agree in shape, dtype and values. */
export async function expectSame(f: Computation, tolerance = 1e-5): Promise<void> {
  await tf.setBackend('cpu');
  const expected = evaluate(f);
  await tf.setBackend('torch');
  const actual = evaluate(f);
  expect(actual.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    expected.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  actual.forEach(({ values }, output) => {
    const wanted = expected[output]?.values ?? [];
    values.forEach((value, i) => {
      expectClose(value, wanted[i] ?? NaN, tolerance, `output ${String(output)}, element ${String(i)}`);
    });
  });
}

export function expectClose(actual: number, wanted: number, tolerance: number, what = 'value'): void {
  if (Object.is(actual, wanted) || actual === wanted || (Number.isNaN(actual) && Number.isNaN(wanted))) return;
  const limit = tolerance * (1 + Math.abs(wanted));
  if (!(Math.abs(actual - wanted) <= limit))
    expect.fail(`${what}: got ${String(actual)}, expected ${String(wanted)} +- ${String(limit)}`);
}

/** Runs one kernel by name. */
export function runKernel(name: string, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor[] {
  return ([] as tf.Tensor[]).concat(tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap));
}
