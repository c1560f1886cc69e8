import type { Convolution } from './convolution.ts';

const zeros = (axes: number): number[] => new Array<number>(2 * axes).fill(0);
const ones = (axes: number): number[] => new Array<number>(axes).fill(1);

function of(kind: Convolution['of'], x: number[], filter: number[], strides: number[], pads?: number[]): Convolution {
  const axes = strides.length;
  return { of: kind, x, filter, strides, dilations: ones(axes), pads: pads ?? zeros(axes) };
}
const images = (x: number[], filter: number[], strides: number[], pads?: number[]): Convolution =>
  of('images', x, filter, strides, pads);
const around = (pad: number, axes = 2): number[] => new Array<number>(2 * axes).fill(pad);

/** Filters of one pixel that skip pixels: memory past oneDNN's workspace is written, or the filter's gradient is wrong. */
const pointwise: readonly Convolution[] = [
  images([16, 64, 64, 8], [1, 1, 8, 16], [2, 2]),
  images([16, 64, 64, 3], [1, 1, 3, 8], [2, 2]),
  images([2, 128, 128, 4], [1, 1, 4, 8], [2, 2]),
  images([1, 224, 224, 4], [1, 1, 4, 8], [2, 2]),
  images([2, 96, 96, 12], [1, 1, 12, 24], [2, 2]),
  images([16, 16, 16, 4], [1, 1, 4, 8], [2, 2]),
  images([1, 188, 188, 4], [1, 1, 4, 2], [2, 1]),
  images([2, 111, 111, 1], [1, 1, 1, 2], [1, 3]),
  images([4, 152, 152, 1], [1, 1, 1, 32], [4, 4]),
  { ...images([6, 64, 12, 1], [1, 1, 1, 1], [2, 2]), dilations: [2, 2] },
  images([8, 31, 30, 5], [1, 1, 5, 7], [2, 2], around(1)),
  images([8, 32, 32, 8], [1, 1, 4, 16], [2, 2]), // groups
  { ...images([3, 40, 40, 2], [1, 1, 2, 3], [2, 2], [1, 0, 0, 2]), bias: true, views: true },
  of('depthwise', [2, 126, 20, 1], [1, 1, 1, 1], [2, 2]),
  of('depthwise', [2, 33, 33, 6], [1, 1, 6, 2], [2, 2]),
  of('volumes', [4, 16, 16, 16, 4], [1, 1, 1, 4, 6], [2, 2, 2]),
  of('volumes', [2, 9, 12, 11, 3], [1, 1, 1, 3, 5], [1, 2, 3], around(1, 3)),
];

/** A strided filter that stops once along the rows: oneDNN takes every row from the wrong place, with AVX-512 (float32) or AMX (bfloat16). */
const stopsOnce: readonly Convolution[] = [
  images([1, 2, 2, 1], [5, 5, 1, 43], [1, 2], around(2)),
  images([1, 109, 3, 64], [2, 2, 64, 9], [2, 2]),
  images([63, 28, 4, 2], [3, 3, 2, 2], [2, 2]),
  images([5, 34, 3, 18], [7, 7, 18, 1], [2, 2], [5, 5, 4, 1]),
  images([3, 5, 5, 52], [5, 5, 52, 24], [2, 2], [4, 4, 0, 0]),
  { ...images([1, 83, 1, 2], [7, 7, 2, 35], [2, 2], around(6)), dilations: [2, 2] },
  { ...of('depthwise', [9, 59, 2, 12], [3, 3, 12, 3], [2, 2], around(2)), dilations: [2, 2] },
  of('volumes', [6, 12, 3, 2, 1], [7, 7, 7, 1, 4], [2, 2, 2], around(3, 3)),
];

/** A tap of the filter sees nothing but padding: oneDNN's bfloat16 kernels leave its gradient as the memory was. */
const seesNothing: readonly Convolution[] = [
  images([16, 1, 1, 64], [3, 3, 64, 64], [1, 1], around(1)),
  images([16, 2, 2, 32], [3, 3, 32, 64], [2, 2], around(1)), // the last stage of a ResNet with small views
  images([1, 1, 1, 50], [3, 3, 50, 1], [2, 2], around(1)),
  images([61, 1, 1, 36], [1, 3, 36, 64], [4, 4], [0, 0, 2, 2]),
  images([21, 16, 1, 4], [2, 2, 1, 4], [3, 4], around(1)),
  of('depthwise', [16, 2, 2, 62], [3, 3, 62, 1], [4, 4], around(1)),
  of('volumes', [1, 15, 1, 1, 24], [5, 5, 5, 24, 4], [1, 1, 1], around(2, 3)),
  of('volumes', [5, 2, 2, 2, 12], [4, 4, 4, 12, 47], [3, 3, 3], around(1, 3)),
];

/** The bfloat16 gradient of a filter with dilation is wrong on AVX-512 without AMX. */
const dilated: readonly Convolution[] = [
  { ...images([14, 2, 63, 42], [2, 2, 42, 1], [1, 1], [1, 2, 1, 0]), dilations: [2, 2] },
  { ...images([2, 43, 35, 4], [3, 3, 1, 32], [1, 1]), dilations: [2, 2] },
  { ...images([1, 7, 65, 24], [3, 3, 24, 12], [1, 1], [2, 1, 1, 2]), dilations: [2, 2], bias: true },
];

/** The bfloat16 gradient of a filter of small volumes is wrong on AVX-512 without AMX. */
const volumes: readonly Convolution[] = [
  of('volumes', [3, 2, 2, 2, 19], [3, 3, 3, 19, 1], [1, 1, 1], around(1, 3)),
  of('volumes', [2, 4, 4, 4, 8], [3, 3, 3, 8, 8], [1, 1, 1], around(1, 3)),
];

/** Many images: without bfloat16 kernels of oneDNN, libtorch rounded the filter's gradient after each of them. */
const manyImages: readonly Convolution[] = [images([32, 32, 32, 3], [3, 3, 3, 8], [1, 1], around(1))];

/** Convolutions that libtorch 2.13 gets wrong or that end the process in it, by what is wrong, and some of their neighbours. */
export const knownConvolutions = { pointwise, stopsOnce, seesNothing, dilated, volumes, manyImages };
