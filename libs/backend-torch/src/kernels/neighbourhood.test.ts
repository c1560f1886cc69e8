import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

describe.skipIf(!status.available)(`neighbourhoods equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it.each([
    { depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 },
    { depthRadius: 0, bias: 2, alpha: 0.3, beta: 0.75 },
    { depthRadius: 1000, bias: 0.1, alpha: 1, beta: 1 },
  ])('local response normalisation and its gradient: $depthRadius, $bias, $alpha, $beta', async (attrs) => {
    const x = (): tf.Tensor => uniform([2, 3, 4, 7], 1);
    await expectSame(() => runKernel(tf.LRN, { x: x() }, attrs), 1e-5);
    await expectSame(
      () => runKernel(tf.LRNGrad, { x: x(), y: uniform([2, 3, 4, 7], 2), dy: uniform([2, 3, 4, 7], 3) }, attrs),
      1e-4,
    );
  });

  it.each([
    { filter: [2, 2, 3], strides: 1, pad: 'valid', dilations: 1 },
    { filter: [3, 2, 3], strides: 2, pad: 'same', dilations: 1 },
    { filter: [2, 3, 3], strides: 1, pad: 'same', dilations: 2 },
    { filter: [3, 3, 3], strides: [2, 1], pad: 1, dilations: 1 },
  ] as const)('dilation and its gradients: $filter, stride $strides, pad $pad, dilations $dilations', async (c) => {
    const attrs = { strides: c.strides, pad: c.pad, dilations: c.dilations };
    const [x, filter] = [() => uniform([2, 5, 6, 3], 1), () => uniform([...c.filter], 2)] as const;
    const forward = (): tf.Tensor => runKernel(tf.Dilation2D, { x: x(), filter: filter() }, attrs)[0] as tf.Tensor;
    await expectSame(forward);
    const outShape = tf.tidy(() => forward().shape);
    for (const kernel of [tf.Dilation2DBackpropInput, tf.Dilation2DBackpropFilter]) {
      await expectSame(() => runKernel(kernel, { x: x(), filter: filter(), dy: uniform(outShape, 3) }, attrs), 1e-4);
      const whole = (): Record<string, tf.Tensor> => ({
        x: integers([2, 5, 6, 3], 0, 3),
        filter: tf.zeros([...c.filter]),
        dy: uniform(outShape, 3),
      });
      await expectSame(
        () =>
          tf.cast(
            runKernel(kernel, { ...whole(), x: tf.cast(whole()['x'] as tf.Tensor, 'float32') }, attrs)[0] as tf.Tensor,
            'float32',
          ),
        1e-4,
      ); // ties
    }
  });

  it('dilation of integers', async () => {
    const attrs = { strides: 1, pad: 'valid', dilations: 1 };
    await expectSame(() =>
      runKernel(tf.Dilation2D, { x: integers([1, 4, 4, 1], -9, 9), filter: integers([2, 2, 1], -3, 3) }, attrs),
    );
  });
});
