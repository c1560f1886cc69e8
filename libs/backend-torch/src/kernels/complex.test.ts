import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const complex = (shape: number[], seed = 1): tf.Tensor => tf.complex(uniform(shape, seed), uniform(shape, seed + 50));
const parts = (x: tf.Tensor): tf.Tensor[] => [tf.real(x), tf.imag(x)];

describe.skipIf(!status.available)(`complex numbers equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it('making and taking apart, with memory accounted for', async () => {
    await expectSame(() => complex([2, 3]));
    await expectSame(() => parts(complex([2, 3])));
    await expectSame(() => tf.abs(complex([2, 3])));
    await expectSame(() => tf.cast(uniform([3]), 'complex64'));
    await expectSame(() => complex([0, 3]));
  });

  it('arithmetic, alone and with real numbers', async () => {
    await expectSame(() => tf.add(complex([2, 3]), complex([2, 3], 2)));
    await expectSame(() => tf.sub(complex([2, 3]), complex([2, 3], 2)));
    await expectSame(() => tf.mul(complex([2, 3]), complex([2, 3], 2)));
    await expectSame(() => tf.mul(complex([2, 3]), uniform([2, 3])));
    // tfjs cpu has no quotient of complex numbers: q b = a
    const error = tf.tidy(() => {
      const [a, b] = [complex([2, 3]), complex([3], 2)];
      return tf.max(tf.abs(tf.sub(tf.mul(tf.div(a, b), b), a))).dataSync()[0];
    });
    expect(error).toBeLessThan(1e-5);
  });

  it('moving elements', async () => {
    await expectSame(() => tf.transpose(complex([2, 3, 4]), [2, 0, 1]));
    await expectSame(() => tf.concat([complex([2, 3]), complex([1, 3], 2)], 0));
    // tfjs cpu slices no complex numbers: the parts of a slice are the slices of the parts
    await expectSame(() => {
      const x = complex([4, 5]);
      const whole =
        tf.getBackend() === 'torch'
          ? parts(tf.slice(x, [1, 2], [2, 3]))
          : parts(x).map((part) => tf.slice(part, [1, 2], [2, 3]));
      return whole;
    });
    await expectSame(() => tf.reshape(tf.transpose(complex([2, 3])), [-1]));
  });

  it('Fourier transforms', async () => {
    for (const size of [1, 2, 5, 8, 12]) {
      await expectSame(() => tf.fft(complex([3, size])), 1e-4);
      await expectSame(() => tf.ifft(complex([3, size])), 1e-4);
      await expectSame(() => tf.rfft(uniform([3, size])), 1e-4);
    }
    await expectSame(() => tf.irfft(complex([2, 5])), 1e-4);
  });

  it('a kernel for real numbers says that it does not take complex ones', () => {
    tf.tidy(() => {
      expect(() => runKernel(tf.Relu, { x: complex([2]) })).toThrow(/complex64/);
    });
  });
});
