import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectSame, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const dot = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0] ?? NaN;

describe.skipIf(!status.available)(`convolutions and pools of volumes${suffix}`, () => {
  beforeAll(useTorch);

  const cases = [
    { x: [2, 4, 5, 6, 3], filter: [2, 3, 3, 3, 4], strides: 1, pad: 'same', dilations: 1 },
    { x: [1, 5, 6, 7, 2], filter: [3, 2, 1, 2, 3], strides: [2, 1, 3], pad: 'same', dilations: 1 },
    { x: [1, 5, 6, 7, 2], filter: [3, 2, 1, 2, 3], strides: [2, 1, 3], pad: 'valid', dilations: 1 },
    { x: [1, 6, 6, 6, 1], filter: [1, 1, 1, 1, 2], strides: 3, pad: 'same', dilations: 1 }, // negative padding in tfjs
    { x: [1, 5, 5, 6, 2], filter: [2, 2, 2, 2, 2], strides: 1, pad: 'valid', dilations: [2, 1, 3] },
    { x: [0, 4, 5, 6, 3], filter: [2, 3, 3, 3, 4], strides: 1, pad: 'same', dilations: 1 },
  ] as const;

  it.each(cases)('conv3d: $x * $filter, stride $strides, pad $pad, dilations $dilations', async (c) => {
    const attrs = { strides: c.strides, pad: c.pad, dilations: c.dilations, dataFormat: 'NDHWC' };
    const [x, filter] = [() => uniform([...c.x], 1), () => uniform([...c.filter], 2)] as const;
    await expectSame(() => runKernel(tf.Conv3D, { x: x(), filter: filter() }, attrs), 1e-4);
    tf.tidy(() => {
      const [y] = runKernel(tf.Conv3D, { x: x(), filter: filter() }, attrs) as [tf.Tensor];
      const dy = uniform(y.shape, 3);
      const [dx] = runKernel(tf.Conv3DBackpropInputV2, { dy, filter: filter() }, { ...attrs, inputShape: c.x });
      const [dw] = runKernel(tf.Conv3DBackpropFilterV2, { x: x(), dy }, { ...attrs, filterShape: c.filter });
      expect([dx?.shape, dw?.shape]).toEqual([c.x, c.filter]);
      expectClose(dot(dx as tf.Tensor, x()), dot(y, dy), 1e-4, 'dx');
      expectClose(dot(dw as tf.Tensor, filter()), dot(y, dy), 1e-4, 'dw');
    });
  });

  it('in bfloat16 stays near float32, with a float32 filter gradient', async () => {
    const backend = await useTorch();
    tf.tidy(() => {
      const [x, filter] = [uniform([2, 4, 4, 4, 3], 1), uniform([3, 3, 3, 3, 4], 2)];
      const attrs = { strides: 1, pad: 'same', dataFormat: 'NDHWC' };
      const run = (): tf.Tensor[] => {
        const [y] = runKernel(tf.Conv3D, { x, filter }, attrs) as [tf.Tensor];
        const dy = uniform(y.shape, 3);
        const [dx] = runKernel(tf.Conv3DBackpropInputV2, { dy, filter }, { ...attrs, inputShape: x.shape });
        const [dw] = runKernel(tf.Conv3DBackpropFilterV2, { x, dy }, { ...attrs, filterShape: filter.shape });
        return [y, dx as tf.Tensor, dw as tf.Tensor];
      };
      const full = run();
      backend.precision = 'bf16';
      const half = run();
      backend.precision = 'f32';
      expect(half.map((t) => backend.native.dtype(backend.handle(t)))).toEqual(['BFloat16', 'BFloat16', 'Float']);
      half.forEach((t, output) => {
        const wanted = full[output]?.dataSync() ?? [];
        t.dataSync().forEach((v, i) => {
          expect(Math.abs(v - (wanted[i] ?? NaN))).toBeLessThan(0.02 * 60); // sums of up to 128 products of at most 4
        });
      });
    });
  });

  it.each([
    { size: 2, strides: 2, pad: 'valid' },
    { size: [2, 3, 1], strides: [1, 2, 1], pad: 'same' },
    { size: 3, strides: 2, pad: 1 },
    { size: 2, strides: 3, pad: 1 },
    { size: 2, strides: 2, pad: 0, dimRoundingMode: 'ceil' },
  ] as const)('pools: $size, stride $strides, pad $pad', async ({ size, ...rest }) => {
    const attrs = { filterSize: size, ...rest, dataFormat: 'NDHWC' };
    const x = (): tf.Tensor => uniform([2, 5, 6, 7, 3], 1);
    await expectSame(() => runKernel(tf.MaxPool3D, { x: x() }, attrs), 1e-5);
    await expectSame(() => runKernel(tf.AvgPool3D, { x: x() }, attrs), 1e-5);
    tf.tidy(() => {
      for (const [forward, backward] of [
        [tf.MaxPool3D, tf.MaxPool3DGrad],
        [tf.AvgPool3D, tf.AvgPool3DGrad],
      ] as const) {
        const [y] = runKernel(forward, { x: x() }, attrs) as [tf.Tensor];
        const dy = uniform(y.shape, 2);
        const [dx] = runKernel(backward, { dy, input: x(), output: y }, attrs) as [tf.Tensor];
        expect(dx.shape).toEqual(x().shape);
        expectClose(dot(dx, x()), dot(y, dy), 1e-4, backward);
      }
    });
    // tfjs cpu divides every average's gradient by the whole window, padding or not
    if (Array.isArray(size)) return; // and confuses the places of a window whose height is not its width
    const outShape = tf.tidy(() => (runKernel(tf.MaxPool3D, { x: x() }, attrs)[0] as tf.Tensor).shape);
    await expectSame(
      () => runKernel(tf.MaxPool3DGrad, { dy: uniform(outShape, 2), input: x(), output: uniform(outShape, 3) }, attrs),
      1e-5,
    );
  });

  it('a volume smaller than its window gives nothing', async () => {
    await expectSame(() => tf.avgPool3d(tf.ones<tf.Rank.R5>([1, 1, 1, 1, 1]), [1, 1, 3], 1, 'valid'));
    await expectSame(() => tf.maxPool3d(tf.ones<tf.Rank.R5>([1, 1, 1, 1, 1]), [1, 1, 3], 1, 'valid'));
  });
});
