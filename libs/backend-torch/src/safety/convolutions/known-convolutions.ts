import type { Convolution } from './convolution.ts';

const square = (n: number, side: number, inputs: number, outputs: number, kernel = 1, stride = 2): Convolution => ({
  of: 'images',
  x: [n, side, side, inputs],
  filter: [kernel, kernel, inputs, outputs],
  strides: [stride, stride],
  dilations: [1, 1],
  pads: [0, 0, 0, 0],
});

/** Convolutions that a build of this backend got wrong or did not survive. */
export const knownConvolutions: readonly Convolution[] = [
  square(16, 64, 8, 16),
  square(16, 32, 3, 8),
];
