import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';

function fourier(kernelName: string, inverse: boolean): KernelConfig {
  return defineKernel<tf.FFTInputs>(
    kernelName,
    ({ input }, _, backend) =>
      backend.give(backend.native.fft(backend.handle(input), inverse), input.shape, 'complex64'),
    'complex',
  );
}

function part(kernelName: string, op: 'real' | 'imag'): KernelConfig {
  return defineKernel<tf.RealInputs>(
    kernelName,
    ({ input }, _, backend) => backend.give(backend.native[op](backend.handle(input)), input.shape, 'float32'),
    'complex',
  );
}

/** complex64: made, taken apart, and transformed along the last axis. */
export const complexKernels: readonly KernelConfig[] = [
  defineKernel<tf.ComplexInputs>(tf.Complex, ({ real, imag }, _, backend) => {
    return backend.give(backend.native.complex(backend.handle(real), backend.handle(imag)), real.shape, 'complex64');
  }),
  part(tf.Real, 'real'),
  part(tf.Imag, 'imag'),
  fourier(tf.FFT, false),
  fourier(tf.IFFT, true),
];
