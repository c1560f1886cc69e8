import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine, withExactSums } from '../index.ts';

/** Every kernel that Tessera gives the wasm backend, against tfjs's plain JavaScript. */
beforeAll(async () => {
  await openEngine('cpu');
  await openEngine('wasm');
});

type Build = () => { inputs: NamedTensorMap; attrs: object };

async function outputOn(
  backend: 'cpu' | 'wasm',
  kernel: string,
  build: Build,
): Promise<{ shape: number[]; values: number[]; leaked: number }> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const { inputs, attrs } = build();
  const inside = tf.memory().numTensors;
  const out = tf.engine().runKernel<Tensor>(kernel, inputs, attrs as tf.NamedAttrMap);
  const leaked = tf.memory().numTensors - inside - 1;
  const result = { shape: out.shape, values: [...out.dataSync()], leaked };
  tf.dispose([out, inputs]);
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

async function agrees(kernel: string, build: Build, tolerance = 1e-4): Promise<void> {
  const expected = await outputOn('cpu', kernel, build);
  const actual = await outputOn('wasm', kernel, build);
  expect(actual.shape).toEqual(expected.shape);
  const worst = actual.values.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (expected.values[i] ?? NaN))),
    0,
  );
  expect(worst).toBeLessThan(tolerance);
  expect(actual.leaked).toBe(0);
}

const normal = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

interface Geometry {
  readonly size: readonly [number, number];
  readonly filter: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: number | 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];
}

const geometries: readonly Geometry[] = [
  { size: [8, 8], filter: [3, 3], strides: [1, 1], pad: 1 },
  { size: [8, 6], filter: [3, 3], strides: [2, 2], pad: 1 },
  { size: [7, 9], filter: [3, 3], strides: [2, 2], pad: 1 },
  { size: [8, 8], filter: [1, 1], strides: [2, 2], pad: 0 },
  { size: [7, 7], filter: [1, 1], strides: [2, 2], pad: 0 },
  { size: [8, 8], filter: [1, 1], strides: [1, 1], pad: 0 },
  { size: [15, 16], filter: [7, 7], strides: [2, 2], pad: 3 },
  { size: [9, 8], filter: [3, 2], strides: [1, 2], pad: 'same' },
  { size: [9, 9], filter: [3, 3], strides: [3, 2], pad: 'valid' },
  { size: [11, 10], filter: [2, 2], strides: [3, 3], pad: 'valid' },
  {
    size: [6, 6],
    filter: [3, 3],
    strides: [1, 1],
    pad: [
      [0, 0],
      [0, 2],
      [1, 0],
      [0, 0],
    ],
  },
  { size: [5, 5], filter: [3, 3], strides: [1, 1], pad: 3 },
];

describe.each(geometries)(
  'convolution gradients, $size by $filter, stride $strides, pad $pad',
  ({ size, filter, strides, pad }) => {
    const [B, I, O] = [3, 4, 5];
    const inputShape: [number, number, number, number] = [B, ...size, I];
    const filterShape: [number, number, number, number] = [...filter, I, O];
    const attrs = { strides, pad, dataFormat: 'NHWC' };
    const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, [...strides], 1, pad);

    it('Conv2DBackpropFilter', () =>
      agrees(tf.Conv2DBackpropFilter, () => ({
        inputs: { x: normal(inputShape, 1), dy: normal(info.outShape, 2) },
        attrs: { ...attrs, filterShape },
      })));

    it('Conv2DBackpropInput', () =>
      agrees(tf.Conv2DBackpropInput, () => ({
        inputs: { dy: normal(info.outShape, 1), filter: normal(filterShape, 2) },
        attrs: { ...attrs, inputShape },
      })));
  },
);

describe('BatchMatMul', () => {
  it.each([
    [1, false, false],
    [1, false, true],
    [1, true, false],
    [1, true, true],
    [2, true, false],
    [3, false, true],
  ])('batch %i, transposeA %s, transposeB %s', (batch, transposeA, transposeB) =>
    agrees(tf.BatchMatMul, () => ({
      inputs: {
        a: normal(transposeA ? [batch, 6, 4] : [batch, 4, 6], 1),
        b: normal(transposeB ? [batch, 5, 6] : [batch, 6, 5], 2),
      },
      attrs: { transposeA, transposeB },
    })),
  );

  it('matrices without a batch axis', () =>
    agrees(tf.BatchMatMul, () => ({
      inputs: { a: normal([4, 6], 1), b: normal([5, 6], 2) },
      attrs: { transposeA: false, transposeB: true },
    })));
});

describe.each([tf.Sum, tf.Mean])('%s', (kernel) => {
  it.each([[[0]], [[0, 1]], [[1, 0]], [[0, 1, 2]], [[1]], [[0, 2]], [[2]]])('over axes %j', async (axis) => {
    for (const keepDims of [false, true]) {
      await agrees(kernel, () => ({ inputs: { x: normal([40, 3, 4], 1) }, attrs: { axis, keepDims } }));
    }
  });
});

describe('Tile', () => {
  it.each([
    [[3], [4]],
    [
      [2, 3],
      [1, 1],
    ],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [4, 1, 1, 5],
      [1, 3, 2, 1],
    ],
    [
      [4, 1],
      [1, 50],
    ],
    [
      [2, 3, 2],
      [3, 2, 4],
    ],
    [
      [1, 40],
      [7, 1],
    ],
    [
      [1, 1],
      [9, 11],
    ],
    [
      [2, 0],
      [2, 3],
    ],
  ])('%j by %j', (shape, reps) => agrees(tf.Tile, () => ({ inputs: { x: normal(shape, 1) }, attrs: { reps } }), 1e-9));

  it.each(['int32', 'bool'] as const)('%s', (dtype) =>
    agrees(tf.Tile, () => ({ inputs: { x: tf.tensor2d([[1, 0, 1]], [1, 3], dtype) }, attrs: { reps: [2, 2] } }), 1e-9),
  );
});

describe('UnsortedSegmentSum', () => {
  it.each([
    ['rows', [5, 3], [2, 0, 2, 1, 0], 4],
    ['ids beyond the result, which are left out', [4, 2], [7, -1, 0, 3], 3],
    ['numbers', [6], [1, 1, 1, 0, 2, 1], 3],
    ['no rows', [0, 3], [], 2],
    ['two axes of ids', [2, 3], [[0, 1, 1], [1, 0, 1]], 2], // prettier-ignore
  ] as const)('of %s', (_what, shape, ids, numSegments) =>
    agrees(tf.UnsortedSegmentSum, () => ({
      inputs: {
        x: normal([...shape], 4),
        segmentIds: tf.tensor(ids, [ids.length, ...(Array.isArray(ids[0]) ? [3] : [])], 'int32'),
      },
      attrs: { numSegments },
    })),
  );

  it('of integers', () =>
    agrees(tf.UnsortedSegmentSum, () => ({
      inputs: { x: tf.tensor1d([3, 4, 5], 'int32'), segmentIds: tf.tensor1d([1, 1, 0], 'int32') },
      attrs: { numSegments: 2 },
    })));
});

describe('borrowed from the cpu backend', () => {
  it('Einsum', async () => {
    const run = async (backend: string): Promise<unknown> => {
      await tf.setBackend(backend);
      return tf.tidy(() => tf.einsum('ij,jk->ik', normal([3, 4], 1), normal([4, 2], 2)).arraySync());
    };
    expect(await run('wasm')).toEqual(await run('cpu'));
  });

  it('DepthwiseConv2dNativeBackprop', async () => {
    const attrs = { strides: [1, 1], pad: 1, dilations: [1, 1], dimRoundingMode: undefined };
    await agrees(tf.DepthwiseConv2dNativeBackpropFilter, () => ({
      inputs: { x: normal([2, 5, 5, 3], 1), dy: normal([2, 5, 5, 3], 2) },
      attrs: { ...attrs, filterShape: [3, 3, 3, 1] },
    }));
    await agrees(tf.DepthwiseConv2dNativeBackpropInput, () => ({
      inputs: { dy: normal([2, 5, 5, 3], 1), filter: normal([3, 3, 3, 1], 2) },
      attrs: { ...attrs, inputShape: [2, 5, 5, 3] },
    }));
  });
});

describe('what the wasm kernels refuse or get wrong is computed by the cpu kernels', () => {
  const window = { strides: [1, 1], pad: 'valid', dataFormat: 'NCHW', dilations: [1, 1] };
  const image = (): Tensor => normal([2, 3, 5, 5], 1);
  const filter = (): Tensor => normal([2, 2, 3, 4], 2);
  const integers = (shape: number[]): Tensor => tf.tidy(() => tf.cast(tf.round(normal(shape, 3)), 'int32'));

  it('channels first', async () => {
    await agrees(tf.Conv2D, () => ({ inputs: { x: image(), filter: filter() }, attrs: window }));
    const dy = (): Tensor => normal([2, 4, 4, 4], 3);
    await agrees(tf.Conv2DBackpropFilter, () => ({
      inputs: { x: image(), dy: dy() },
      attrs: { ...window, filterShape: [2, 2, 3, 4] },
    }));
    await agrees(tf.Conv2DBackpropInput, () => ({
      inputs: { dy: dy(), filter: filter() },
      attrs: { ...window, inputShape: [2, 3, 5, 5] },
    }));
  });

  it('products of integers, also transposed', async () => {
    for (const transposeA of [false, true]) {
      await agrees(tf.BatchMatMul, () => {
        return { inputs: { a: integers([3, 3]), b: integers([3, 2]) }, attrs: { transposeA, transposeB: false } };
      });
    }
  });

  it('inputs that are lists of tensors', async () => {
    const splits = (): Tensor => tf.tensor1d([0, 2, 3], 'int32');
    for (const backend of ['cpu', 'wasm'] as const) {
      await tf.setBackend(backend);
      const dense = tf.tidy(() => tf.raggedTensorToTensor([2, 2], [5, 6, 7], 0, [splits()], ['ROW_SPLITS']).dataSync());
      expect([...dense]).toEqual([5, 6, 7, 0]);
    }
  });

  it('comparisons of strings', async () => {
    for (const backend of ['cpu', 'wasm'] as const) {
      await tf.setBackend(backend);
      expect([...tf.tidy(() => tf.less(['a', 'b', 'c'], ['b', 'b', 'b']).dataSync())]).toEqual([1, 0, 0]);
    }
  });
});

describe('withExactSums on wasm', () => {
  it('is off again where run throws', async () => {
    await tf.setBackend('wasm');
    const fail = (): never => {
      throw new Error('no');
    };
    expect(() => withExactSums(fail)).toThrow('no');
    expect(Reflect.get(tf.backend(), 'exactSums')).toBe(false);
  });

  it.each(geometries)('convolves as tfjs does: %o', async ({ size, filter, strides, pad }) => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x_BHWC = normal([2, ...size, 5], 1) as tf.Tensor4D;
      const filter_UVIO = normal([...filter, 5, 6], 2) as tf.Tensor4D;
      const convolve = (): tf.Tensor4D => tf.conv2d(x_BHWC, filter_UVIO, [...strides], pad);
      const plain = convolve();
      const worst = tf.max(tf.abs(tf.sub(withExactSums(convolve).value, plain)));
      expect(tf.div(worst, tf.max(tf.abs(plain))).dataSync()[0]).toBeLessThan(2e-6);
    });
  });
});
