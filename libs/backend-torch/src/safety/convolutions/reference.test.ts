import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { resultShape } from './convolution.ts';
import type { Convolution, Wanted } from './convolution.ts';
import { operands } from './operands.ts';
import type { Operands } from './operands.ts';
import { difference, reference } from './reference.ts';

const SAME = { dilations: [1, 1], pads: [1, 1, 1, 1] };
const cases: Convolution[] = [
  { of: 'images', x: [2, 5, 6, 3], filter: [3, 3, 3, 4], strides: [1, 1], ...SAME },
  { of: 'images', x: [1, 6, 5, 2], filter: [3, 2, 2, 3], strides: [2, 1], dilations: [1, 1], pads: [0, 1, 2, 0] },
  { of: 'depthwise', x: [2, 5, 5, 3], filter: [3, 3, 3, 2], strides: [1, 1], ...SAME },
];

/** The same on tfjs's cpu backend; its gradients are those of its own kernels. */
function onCpu(c: Convolution, { x, filter, dy }: Operands): Record<Wanted, Float32Array> {
  const pad = [[0, 0], c.pads.slice(0, 2), c.pads.slice(2, 4), [0, 0]];
  const attrs = {
    strides: c.strides,
    pad,
    dilations: c.dilations,
    dataFormat: 'NHWC',
    inputShape: c.x,
    filterShape: c.filter,
  };
  const [image, kernel, gradient] = [
    tf.tensor(x, [...c.x]),
    tf.tensor(filter, [...c.filter]),
    tf.tensor(dy, resultShape(c)),
  ];
  const run = (name: string, inputs: Record<string, tf.Tensor>): Float32Array =>
    tf.engine().runKernel<tf.Tensor>(name, inputs, attrs).dataSync<'float32'>();
  const deep = c.of === 'depthwise';
  return tf.tidy(() => ({
    forward: run(deep ? tf.DepthwiseConv2dNative : tf.Conv2D, { x: image, filter: kernel }),
    'input gradient': run(deep ? tf.DepthwiseConv2dNativeBackpropInput : tf.Conv2DBackpropInput, {
      dy: gradient,
      filter: kernel,
    }),
    'filter gradient': run(deep ? tf.DepthwiseConv2dNativeBackpropFilter : tf.Conv2DBackpropFilter, {
      x: image,
      dy: gradient,
    }),
  }));
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);

describe('the reference of convolutions', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(cases)("is tfjs's: $of $x * $filter", (c) => {
    const made = operands(c);
    const [right, cpu] = [reference(c, made), tf.tidy(() => onCpu(c, made) as never) as Record<Wanted, Float32Array>];
    for (const wanted of ['forward', 'input gradient', 'filter gradient'] as const)
      expect(difference(cpu[wanted], right[wanted], 'f32'), wanted).toBeUndefined();
  });

  it('has gradients that are adjoint to its result, with groups, dilation and volumes too', () => {
    for (const c of [
      { of: 'images', x: [2, 7, 6, 4], filter: [2, 3, 2, 6], strides: [2, 1], dilations: [1, 2], pads: [0, 1, 2, 0] },
      {
        of: 'volumes',
        x: [1, 4, 5, 6, 2],
        filter: [2, 3, 1, 2, 3],
        strides: [1, 2, 3],
        dilations: [2, 1, 1],
        pads: [1, 1, 1, 1, 1, 1],
      },
    ] as const) {
      const made = operands(c);
      const right = reference(c, made);
      expect(dot(right.forward, right.forward)).toBeGreaterThan(0);
      expect(dot(right['input gradient'], made.x)).toBe(dot(right.forward, made.dy));
      expect(dot(right['filter gradient'], made.filter)).toBe(dot(right.forward, made.dy));
    }
  });

  it('tells what differs', () => {
    const wanted = Float64Array.of(1, 300, 0);
    expect(difference(Float32Array.of(1, 300, 0), wanted, 'f32')).toBeUndefined();
    expect(difference(Float32Array.of(1, 301, 0), wanted, 'f32')).toContain('element 1 is 301 and not 300');
    expect(difference(Float32Array.of(1, 301, 0), wanted, 'bf16')).toBeUndefined(); // rounded
    expect(difference(Float32Array.of(1, 303, 0), wanted, 'bf16')).toContain('1 of 3 elements');
    expect(difference(Float32Array.of(1, 300, NaN), wanted, 'bf16')).toContain('element 2 is NaN and not 0');
    expect(difference(Float32Array.of(1), wanted, 'f32')).toBe('1 elements instead of 3');
  });
});
