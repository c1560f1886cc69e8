import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, expectSame, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const toNchw = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 3, 1, 2]);
const numbers = (t: tf.Tensor): number[] => Array.from(t.dataSync());

function expectEqual(actual: tf.Tensor, wanted: tf.Tensor, what: string): void {
  const values = numbers(wanted);
  numbers(actual).forEach((v, i) => {
    expectClose(v, values[i] ?? NaN, 1e-4, `${what}[${String(i)}]`);
  });
}

describe.skipIf(!status.available)(`formats, paddings and fused convolutions${suffix}`, () => {
  beforeAll(useTorch);

  it.each([
    { strides: 1, pad: 1, dilations: 1 },
    { strides: 2, pad: 'same', dilations: 1 },
    { strides: 1, pad: 'valid', dilations: 2 },
    {
      strides: 2,
      pad: [
        [0, 0],
        [0, 0],
        [0, 2],
        [1, 0],
      ],
      dilations: 1,
    },
  ] as const)('NCHW equals tfjs cpu: stride $strides, pad $pad, dilations $dilations', async (attrs) => {
    const a = { ...attrs, dataFormat: 'NCHW' };
    const forward = (): tf.Tensor =>
      runKernel(tf.Conv2D, { x: uniform([2, 3, 6, 7], 1), filter: uniform([3, 3, 3, 4], 2) }, a)[0] as tf.Tensor;
    await expectSame(forward, 1e-4);
    if (typeof attrs.pad === 'object' || attrs.dilations !== 1) return; // tfjs cpu has no such gradients
    const outShape = tf.tidy(() => forward().shape);
    const inputGrad = { ...a, inputShape: [2, 3, 6, 7] };
    const filterGrad = { ...a, filterShape: [3, 3, 3, 4] };
    const [x, filter, dy] = [
      () => uniform([2, 3, 6, 7], 1),
      () => uniform([3, 3, 3, 4], 2),
      () => uniform(outShape, 3),
    ] as const;
    await expectSame(() => runKernel(tf.Conv2DBackpropInput, { dy: dy(), filter: filter() }, inputGrad), 1e-4);
    await expectSame(() => runKernel(tf.Conv2DBackpropFilter, { x: x(), dy: dy() }, filterGrad), 1e-4);
  });

  it('depthwise NCHW is NHWC transposed, gradients too', () => {
    tf.tidy(() => {
      const [x, filter] = [uniform([2, 6, 5, 3], 1), uniform([3, 3, 3, 2], 2)];
      const attrs = { strides: [1, 1], pad: 'same', dilations: [1, 1] };
      const [nhwc, nchw] = [
        { ...attrs, dataFormat: 'NHWC' },
        { ...attrs, dataFormat: 'NCHW' },
      ];
      const run = (kernel: string, inputs: Record<string, tf.Tensor>, a: object): tf.Tensor =>
        runKernel(kernel, inputs, a)[0] as tf.Tensor;
      const y = run(tf.DepthwiseConv2dNative, { x, filter }, nhwc);
      expectEqual(run(tf.DepthwiseConv2dNative, { x: toNchw(x), filter }, nchw), toNchw(y), 'y');
      const dy = uniform(y.shape, 3);
      const [input, weight] = [tf.DepthwiseConv2dNativeBackpropInput, tf.DepthwiseConv2dNativeBackpropFilter];
      const dx = run(input, { dy, filter }, { ...nhwc, inputShape: x.shape });
      expectEqual(run(input, { dy: toNchw(dy), filter }, { ...nchw, inputShape: [2, 3, 6, 5] }), toNchw(dx), 'dx');
      const dw = run(weight, { x, dy }, { ...nhwc, filterShape: filter.shape });
      expectEqual(run(weight, { x: toNchw(x), dy: toNchw(dy) }, { ...nchw, filterShape: filter.shape }), dw, 'dw');
    });
  });

  it.each([
    { x: [1, 8, 8, 2], filter: [4, 2, 2, 3], strides: 1, pad: 0 },
    { x: [1, 8, 8, 2], filter: [2, 4, 2, 3], strides: 1, pad: 1 },
    { x: [2, 9, 7, 2], filter: [1, 3, 2, 3], strides: [1, 2], pad: 0 },
    {
      x: [1, 6, 6, 2],
      filter: [3, 3, 2, 2],
      strides: 2,
      pad: [
        [0, 0],
        [3, 0],
        [0, 3],
        [0, 0],
      ],
    },
  ] as const)('sizes as tfjs counts them: $x * $filter, stride $strides, pad $pad', async (c) => {
    const attrs = { strides: c.strides, pad: c.pad, dilations: 1, dataFormat: 'NHWC' };
    const [x, filter] = [() => uniform([...c.x], 1), () => uniform([...c.filter], 2)] as const;
    await expectSame(() => runKernel(tf.Conv2D, { x: x(), filter: filter() }, attrs), 1e-4);
    tf.tidy(() => {
      const [y] = runKernel(tf.Conv2D, { x: x(), filter: filter() }, attrs) as [tf.Tensor];
      const dy = uniform(y.shape, 3);
      const [dx] = runKernel(tf.Conv2DBackpropInput, { dy, filter: filter() }, { ...attrs, inputShape: c.x });
      const [dw] = runKernel(tf.Conv2DBackpropFilter, { x: x(), dy }, { ...attrs, filterShape: c.filter });
      const dot = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0] ?? NaN;
      expectClose(dot(dx as tf.Tensor, x()), dot(y, dy), 1e-4, 'dx');
      expectClose(dot(dw as tf.Tensor, filter()), dot(y, dy), 1e-4, 'dw');
    });
  });

  it.each([
    { bias: [4], alpha: [4] },
    { bias: [], alpha: [] },
    { bias: [1], alpha: [1, 1, 4] },
    { bias: [5, 5, 4], alpha: [5, 5, 4] },
  ])('fused, with a bias of $bias and slopes of $alpha', async ({ bias, alpha }) => {
    const options = {
      strides: 1,
      pad: 'same' as const,
      bias,
      activation: 'prelu' as const,
    };
    await expectSame(
      () =>
        tf.fused.conv2d({
          ...options,
          x: uniform([2, 5, 5, 3], 1) as tf.Tensor4D,
          filter: uniform([3, 3, 3, 4], 2) as tf.Tensor4D,
          bias: uniform(bias, 3),
          preluActivationWeights: uniform(alpha, 4),
        }),
      1e-4,
    );
    await expectSame(
      () =>
        tf.fused.depthwiseConv2d({
          ...options,
          x: uniform([2, 5, 5, 2], 1) as tf.Tensor4D,
          filter: uniform([3, 3, 2, 2], 2) as tf.Tensor4D,
          bias: uniform(bias, 3),
          preluActivationWeights: uniform(alpha, 4),
        }),
      1e-4,
    );
  });

  it.each([
    { bias: [4], alpha: [4] },
    { bias: [], alpha: [4, 1, 1] },
    { bias: [1], alpha: [4, 5, 6] },
  ])('fused in NCHW, with a bias of $bias and slopes of $alpha', async ({ bias, alpha }) => {
    // the kernel itself: tf.fused.conv2d holds the slopes against the shape in NHWC
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NCHW', dilations: 1, activation: 'prelu' };
    await expectSame(() => {
      const inputs = {
        x: uniform([2, 3, 5, 6], 1),
        filter: uniform([3, 3, 3, 4], 2),
        bias: uniform(bias, 3),
        preluActivationWeights: uniform(alpha, 4),
      };
      return runKernel(tf.FusedConv2D, inputs, attrs);
    }, 1e-4);
  });
});
