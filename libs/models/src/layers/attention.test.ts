/** Attention against the formula with loops, and its gradient against tfjs's of the plain formula; values, then shapes that are odd. */
import { toFloat32, withPrecision } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { attention } from './attention.ts';

const cases = [
  { images: 2, tokens: 5, heads: 3, depth: 4 },
  { images: 1, tokens: 1, heads: 1, depth: 1 },
  { images: 3, tokens: 67, heads: 2, depth: 9 },
];
const drawn = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** One number after the other. */
function slow(qkv: ArrayLike<number>, { images, tokens, heads, depth }: (typeof cases)[number]): number[] {
  const width = heads * depth;
  const at = (image: number, token: number, part: number, head: number, channel: number): number =>
    qkv[((image * tokens + token) * 3 + part) * width + head * depth + channel] ?? NaN;
  const range = (count: number): number[] => [...Array(count).keys()];
  return range(images).flatMap((b) =>
    range(tokens).flatMap((i) =>
      range(heads).flatMap((h) => {
        const scores = range(tokens).map(
          (j) => range(depth).reduce((sum, c) => sum + at(b, i, 0, h, c) * at(b, j, 1, h, c), 0) / Math.sqrt(depth),
        );
        const largest = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - largest));
        const total = weights.reduce((a, c) => a + c, 0);
        return range(depth).map((c) =>
          weights.reduce((sum, weight, j) => sum + (weight / total) * at(b, j, 2, h, c), 0),
        );
      }),
    ),
  );
}

/** The formula in tfjs's own operations and gradients, float32. */
function plain(qkv: tf.Tensor, { images, tokens, heads, depth }: (typeof cases)[number]): tf.Tensor {
  const [q, k, v] = tf
    .split(qkv, 3, 2)
    .map((part) => tf.transpose(tf.reshape(part, [images, tokens, heads, depth]), [0, 2, 1, 3])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(depth)));
  return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [images, tokens, heads * depth]);
}

function relative(a: tf.Tensor, b: tf.Tensor): number {
  return (tf.norm(tf.sub(a, b)).dataSync()[0] ?? NaN) / Math.max(tf.norm(b).dataSync()[0] ?? NaN, 1e-6);
}

await describeEngines(['torch', 'wasm', 'cpu'], (engine) => {
  test.each(cases)('$images images, $tokens tokens, $heads heads of $depth', (one) => {
    const { images, tokens, heads, depth } = one;
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const qkv = drawn([images, tokens, 3 * heads * depth], 1) as tf.Tensor3D;
      const y = attention(qkv, heads);
      expect(y.shape).toEqual([images, tokens, heads * depth]);
      const expected = slow(qkv.dataSync(), one);
      const largest = Math.max(...expected.map(Math.abs));
      y.dataSync().forEach((value, i) => {
        expect(Math.abs(value - (expected[i] ?? NaN)) / largest).toBeLessThan(1e-5);
      });
      const dy = drawn([images, tokens, heads * depth], 2);
      const got = tf.grad((x) => attention(x as tf.Tensor3D, heads))(qkv, dy);
      expect(relative(got, tf.grad((x) => plain(x, one))(qkv, dy))).toBeLessThan(1e-5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('scores of hundreds neither overflow nor lose the largest', () => {
    tf.tidy(() => {
      const one = { images: 1, tokens: 3, heads: 1, depth: 2 };
      const qkv = tf.mul<tf.Tensor3D>(drawn([1, 3, 6], 3), 40);
      expect(relative(attention(qkv, 1), tf.tensor(slow(qkv.dataSync(), one), [1, 3, 2]))).toBeLessThan(1e-5);
    });
  });

  test.runIf(engine === 'torch')(
    "in bf16: value and gradient are float32's to its rounding, and the value stays bf16",
    () => {
      tf.tidy(() => {
        const one = { images: 2, tokens: 37, heads: 4, depth: 16 };
        const qkv = drawn([2, 37, 192], 4) as tf.Tensor3D;
        const dy = drawn([2, 37, 64], 5);
        const half = (x: tf.Tensor): tf.Tensor => withPrecision('bf16', () => attention(x as tf.Tensor3D, 4));
        expect(relative(toFloat32(half(qkv)), plain(qkv, one))).toBeLessThan(0.01);
        expect(relative(toFloat32(tf.grad(half)(qkv, dy)), tf.grad((x) => plain(x, one))(qkv, dy))).toBeLessThan(0.02);
        const { native, handle } = tf.backend() as unknown as {
          native: { dtype: (handle: number) => string };
          handle: (x: tf.Tensor) => number;
        };
        expect(native.dtype(handle.call(tf.backend(), half(qkv)))).toBe('BFloat16');
      });
    },
  );
});
