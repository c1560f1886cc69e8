/**
 * Blur as a product of matrices. Every kind of blur is linear and works on rows and columns alike, so the blur of an image X is M X Mᵀ
 * with one [N, N] matrix M an image, which has the borders in it. Legend: B images, N side, C channels.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { simclrKernelSize } from './gaussian-floats.ts';
import { boxRadius } from './pil-floats.ts';
import type { DeviceKernel } from '../../pipeline/device-form.ts';

/** `blur` of a kind: a row is the standard deviation in pixels. */
export function blurKernel(kind: 'pil' | 'gaussian-reflect' | 'gaussian-zero'): DeviceKernel {
  return (pixels_BNNC, sigma_B) => {
    const size = pixels_BNNC.shape[1];
    const matrices_BNN = tf.tidy(() =>
      kind === 'pil'
        ? boxMatrices(sigma_B, size)
        : gaussianMatrices(sigma_B, size, kind === 'gaussian-zero' ? 'zero' : 'reflect'),
    );
    // Columns, then rows, which are the columns of the image on its side.
    return onItsSide(product(matrices_BNN, onItsSide(product(matrices_BNN, pixels_BNNC))));
  };
}

function product(matrices_BNN: Tensor3D, pixels_BNNC: Tensor4D): Tensor4D {
  const [images, height, width, channels] = pixels_BNNC.shape;
  const columns = tf.reshape(pixels_BNNC, [images, height, width * channels]);
  return tf.reshape(tf.matMul(matrices_BNN, columns), pixels_BNNC.shape);
}

const onItsSide = (pixels_BNNC: Tensor4D): Tensor4D => tf.transpose(pixels_BNNC, [0, 2, 1, 3]);

/**
 * Samples of a Gaussian that sum to 1, as `gaussianKernel`. Weight M[i, j] is g(j - i), and with mirrored borders also what falls on j from
 * outside: g(-j - i) from the left, g(2 (N - 1) - j - i) from the right. (The kernel is a tenth of the side: it is mirrored once at most.)
 */
function gaussianMatrices(sigma_B: Float32Array, size: number, border: 'zero' | 'reflect'): Tensor3D {
  const radius = (simclrKernelSize(size) - 1) / 2;
  const exponents = sigma_B.map((sigma) => Math.max(-0.5 / (sigma * sigma), -1e30));
  const sums = exponents.map((exponent) => {
    let sum = 1;
    for (let d = 1; d <= radius; d++) sum += 2 * Math.exp(exponent * d * d);
    return sum;
  });
  const [exponent_B11, sum_B11] = [exponents, sums].map((values) => tf.tensor3d(values, [values.length, 1, 1]));
  const last = size - 1;
  const distances = [
    square(size, (i, j) => j - i),
    ...(border === 'zero'
      ? []
      : [square(size, (i, j) => (j > 0 ? j + i : size)), square(size, (i, j) => (j < last ? 2 * last - j - i : size))]),
  ];
  const weights = distances.map((distance_NN): Tensor3D => {
    const near = tf.cast(tf.lessEqual(tf.abs(distance_NN), radius), 'float32');
    return tf.mul(tf.exp(tf.mul(exponent_B11 as Tensor3D, tf.square(distance_NN))), near);
  });
  return tf.div(tf.addN(weights), sum_B11 as Tensor3D);
}

/**
 * Three passes of PIL's extended box of radius r. Up to distance t a box has the weight W(t) = clamp((t + r + 1) / (2 r + 1), 0, 1), whose
 * steps are its weights; at the borders the edge pixel also gets what lies beyond.
 */
function boxMatrices(sigma_B: Float32Array, size: number): Tensor3D {
  const radii = sigma_B.map(boxRadius);
  const radius_B11 = tf.tensor3d(radii, [radii.length, 1, 1]);
  const upTo = (distance_NN: Tensor2D): Tensor3D =>
    tf.clipByValue(
      tf.div<Tensor3D>(tf.add(tf.add(distance_NN, radius_B11), 1), tf.add(tf.mul(radius_B11, 2), 1)),
      0,
      1,
    );
  const far = 1e9;
  const pass: Tensor3D = tf.sub(
    upTo(square(size, (i, j) => (j < size - 1 ? j - i : far))),
    upTo(square(size, (i, j) => (j > 0 ? j - 1 - i : -far))),
  );
  return tf.matMul(tf.matMul(pass, pass), pass);
}

function square(size: number, value: (i: number, j: number) => number): Tensor2D {
  return tf.tensor2d(
    Float32Array.from({ length: size * size }, (_, at) => value(Math.floor(at / size), at % size)),
    [size, size],
  );
}
