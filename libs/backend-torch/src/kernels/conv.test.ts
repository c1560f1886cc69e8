import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectSame, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];
interface Case {
  x: number[];
  filter: number[];
  strides: number | [number, number];
  pad: Pad;
  dilations?: [number, number];
  dimRoundingMode?: 'floor' | 'ceil';
}

const cases: Case[] = [
  { x: [2, 5, 5, 3], filter: [3, 3, 3, 4], strides: 1, pad: 1 },
  { x: [2, 5, 7, 3], filter: [3, 3, 3, 16], strides: 2, pad: 'same' },
  { x: [2, 6, 6, 3], filter: [3, 3, 3, 5], strides: 2, pad: 'same' },
  { x: [1, 7, 6, 2], filter: [2, 4, 2, 3], strides: [2, 1], pad: 'valid' },
  { x: [3, 4, 4, 8], filter: [1, 1, 8, 4], strides: 2, pad: 0 },
  { x: [1, 9, 9, 1], filter: [3, 3, 1, 2], strides: 1, pad: 'same', dilations: [2, 2] },
  {
    x: [1, 6, 6, 2],
    filter: [3, 3, 2, 2],
    strides: 2,
    pad: [
      [0, 0],
      [0, 1],
      [2, 1],
      [0, 0],
    ],
  },
  { x: [1, 6, 6, 2], filter: [3, 3, 2, 2], strides: 2, pad: 0, dimRoundingMode: 'ceil' },
  // So many channels take planar images: symmetric and asymmetric padding.
  { x: [1, 2, 3, 256], filter: [3, 3, 256, 256], strides: 1, pad: 1 },
  { x: [2, 4, 4, 256], filter: [3, 3, 256, 272], strides: 2, pad: 'same' },
];
const attrsOf = ({ strides, pad, dilations, dimRoundingMode }: Case): object => ({
  strides,
  pad,
  dataFormat: 'NHWC',
  dilations: dilations ?? 1,
  ...(dimRoundingMode && { dimRoundingMode }),
});

/**
 * A sum of n products of numbers up to 2, in float32 and in any order: processors differ in theirs, and tfjs adds one by one. The error grows
 * with the root of n, and with the size of what was summed so far, which does too.
 */
const toleranceOf = ({ filter: [height = 1, width = 1, inputs = 1, outputs = 1] }: Case): number =>
  Math.max(1e-4, 2e-7 * height * width * Math.max(inputs, outputs));

describe.skipIf(!status.available)(`convolutions, products and pools equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it.each(cases)('conv2d and its gradients: $x * $filter, stride $strides, pad $pad', async (c) => {
    const attrs = attrsOf(c);
    const forward = (): tf.Tensor =>
      runKernel(tf.Conv2D, { x: uniform(c.x, 1), filter: uniform(c.filter, 2) }, attrs)[0] as tf.Tensor;
    const tolerance = toleranceOf(c);
    await expectSame(forward, tolerance);
    if (c.dilations || Array.isArray(c.pad) || c.dimRoundingMode) return; // tfjs cpu has no such gradients
    const outShape = tf.tidy(() => forward().shape);
    await expectSame(
      () =>
        runKernel(
          tf.Conv2DBackpropInput,
          { dy: uniform(outShape, 3), filter: uniform(c.filter, 2) },
          { ...attrs, inputShape: c.x },
        ),
      tolerance,
    );
    await expectSame(
      () =>
        runKernel(
          tf.Conv2DBackpropFilter,
          { x: uniform(c.x, 1), dy: uniform(outShape, 3) },
          { ...attrs, filterShape: c.filter },
        ),
      1e-4, // few products: one for each place of an image
    );
  });

  it.each(cases.filter((c) => c.filter[3] !== 16))(
    'gradients are the adjoint: $x * $filter, stride $strides, pad $pad',
    (c) => {
      tf.tidy(() => {
        const attrs = attrsOf(c);
        const [x, filter] = [uniform(c.x, 1), uniform(c.filter, 2)];
        const [y] = runKernel(tf.Conv2D, { x, filter }, attrs) as [tf.Tensor];
        const dy = uniform(y.shape, 3);
        const [dx] = runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: c.x }) as [tf.Tensor];
        const [dw] = runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: c.filter }) as [tf.Tensor];
        const dot = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0] ?? NaN;
        expect(dot(dx, x)).toBeCloseTo(dot(y, dy), 2);
        expect(dot(dw, filter)).toBeCloseTo(dot(y, dy), 2);
      });
    },
  );

  it.each([
    { n: 19, size: 4, stride: 1, kernel: 3, cin: 5 },
    { n: 33, size: 8, stride: 2, kernel: 3, cin: 6 },
    { n: 8, size: 4, stride: 1, kernel: 5, cin: 3 },
    { n: 17, size: 8, stride: 1, kernel: 3, cin: 4 },
    { n: 9, size: 16, stride: 2, kernel: 3, cin: 4 },
    { n: 3, size: 9, stride: 2, kernel: 1, cin: 8 },
    { n: 16, size: 7, stride: 1, kernel: 3, cin: 4 },
    { n: 16, size: 6, stride: 3, kernel: 3, cin: 4 },
  ])(
    'bfloat16 convolutions of small images equal float32 ones: $n x $size, kernel $kernel, stride $stride',
    async ({ n, size, stride, kernel, cin }) => {
      const backend = await useTorch();
      tf.tidy(() => {
        // Small integers: every bfloat16 product and sum below is exact, but for the rounding of the result.
        const whole = (shape: number[], seed: number): tf.Tensor => tf.round(uniform(shape, seed, -2, 2));
        const attrs = { strides: [stride, stride], pad: (kernel - 1) / 2, dataFormat: 'NHWC', dilations: [1, 1] };
        const [x, filter] = [whole([n, size, size, cin], 1), whole([kernel, kernel, cin, 7], 2)];
        const run = (precision: 'f32' | 'bf16'): number[][] => {
          backend.precision = precision;
          const [y] = runKernel(tf.Conv2D, { x, filter }, attrs) as [tf.Tensor];
          const dy = whole(y.shape, 3);
          const [dx] = runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: x.shape }) as [
            tf.Tensor,
          ];
          const [dw] = runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }) as [
            tf.Tensor,
          ];
          backend.precision = 'f32';
          return [y, dx, dw].map((t) => Array.from(t.dataSync()));
        };
        const [full, half] = [run('f32'), run('bf16')];
        full.forEach((values, output) => {
          values.forEach((v, i) => {
            expectClose(half[output]?.[i] ?? NaN, v, 0.01, `output ${String(output)}, element ${String(i)}`);
          });
        });
      });
    },
  );

  it('depthwise convolutions and their gradients', async () => {
    for (const [strides, pad] of [
      [1, 1],
      [2, 'same'],
      [1, 'valid'],
    ] as const) {
      const attrs = { strides: [strides, strides], pad, dataFormat: 'NHWC', dilations: [1, 1] };
      const forward = (): tf.Tensor =>
        runKernel(
          tf.DepthwiseConv2dNative,
          { x: uniform([2, 6, 5, 3], 1), filter: uniform([3, 3, 3, 2], 2) },
          attrs,
        )[0] as tf.Tensor;
      await expectSame(forward, 1e-4);
      const outShape = tf.tidy(() => forward().shape);
      await expectSame(
        () =>
          runKernel(
            tf.DepthwiseConv2dNativeBackpropInput,
            { dy: uniform(outShape, 3), filter: uniform([3, 3, 3, 2], 2) },
            { ...attrs, inputShape: [2, 6, 5, 3] },
          ),
        1e-4,
      );
      await expectSame(
        () =>
          runKernel(
            tf.DepthwiseConv2dNativeBackpropFilter,
            { x: uniform([2, 6, 5, 3], 1), dy: uniform(outShape, 3) },
            { ...attrs, filterShape: [3, 3, 3, 2] },
          ),
        1e-4,
      );
    }
  });

  it('fused convolutions', async () => {
    for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const) {
      await expectSame(
        () =>
          tf.fused.conv2d({
            x: uniform([2, 5, 5, 3], 1) as tf.Tensor4D,
            filter: uniform([3, 3, 3, 4], 2) as tf.Tensor4D,
            strides: 1,
            pad: 1,
            bias: uniform([4], 3),
            activation,
            leakyreluAlpha: 0.1,
          }),
        1e-4,
      );
    }
  });

  it('matMul with transposes, batches and broadcasting', async () => {
    await expectSame(() => tf.matMul(uniform([3, 4], 1), uniform([4, 5], 2)), 1e-4);
    await expectSame(() => tf.matMul(uniform([4, 3], 1), uniform([5, 4], 2), true, true), 1e-4);
    await expectSame(() => tf.matMul(uniform([2, 3, 4], 1), uniform([2, 4, 5], 2)), 1e-4);
    await expectSame(() => tf.matMul(uniform([2, 3, 4], 1), uniform([1, 5, 4], 2), false, true), 1e-4);
    await expectSame(() => tf.matMul(uniform([0, 4], 1), uniform([4, 5], 2)), 1e-4);
    await expectSame(() => tf.dot(uniform([4], 1), uniform([4, 5], 2)), 1e-4);
    await expectSame(
      () =>
        tf.fused.matMul({ a: uniform([3, 4], 1), b: uniform([4, 5], 2), bias: uniform([5], 3), activation: 'relu' }),
      1e-4,
    );
    await expectSame(
      () => tf.fused.matMul({ a: uniform([2, 3, 4], 1), b: uniform([2, 4, 5], 2), bias: uniform([5], 3) }),
      1e-4,
    );
    await expectSame(() => tf.einsum('bij,jk->bik', uniform([2, 3, 4], 1), uniform([4, 5], 2)), 1e-4);
  });

  it('pools and their gradients', async () => {
    for (const [size, strides, pad] of [
      [3, 2, 1],
      [2, 2, 'valid'],
      [3, 2, 'same'],
      [3, 1, 'same'],
      [2, 1, 'same'],
    ] as const) {
      const x = (): tf.Tensor4D => uniform([2, 6, 7, 3], 1) as tf.Tensor4D;
      await expectSame(() => tf.maxPool(x(), size, strides, pad));
      await expectSame(() => tf.avgPool(x(), size, strides, pad));
      const attrs = { filterSize: [size, size], strides: [strides, strides], pad };
      const outShape = tf.tidy(() => tf.maxPool(x(), size, strides, pad).shape);
      await expectSame(() =>
        runKernel(
          tf.MaxPoolGrad,
          { dy: uniform(outShape, 2), input: x(), output: tf.maxPool(x(), size, strides, pad) },
          attrs,
        ),
      );
      // tfjs cpu divides every average's gradient by the whole window; with padding torch and TensorFlow do not
      if (pad === 'valid')
        await expectSame(() => runKernel(tf.AvgPoolGrad, { dy: uniform(outShape, 2), input: x() }, attrs));
    }
  });

  it('the gradient of an average pool is its adjoint', () => {
    tf.tidy(() => {
      for (const [size, strides, pad] of [
        [3, 2, 1],
        [3, 2, 'same'],
        [2, 1, 'same'],
      ] as const) {
        const x = uniform([2, 6, 7, 3], 1) as tf.Tensor4D;
        const y = tf.avgPool(x, size, strides, pad);
        const dy = uniform(y.shape, 2);
        const [dx] = runKernel(tf.AvgPoolGrad, { dy, input: x }, { filterSize: size, strides, pad }) as [tf.Tensor];
        expect(tf.sum(tf.mul(dx, x)).dataSync()[0]).toBeCloseTo(tf.sum(tf.mul(dy, y)).dataSync()[0] ?? NaN, 3);
      }
    });
  });
});
