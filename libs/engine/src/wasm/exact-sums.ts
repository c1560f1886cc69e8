/** Float32 matrix products and convolutions that multiply and add in float64 and round once; see `withExactSums`. Plain loops: slow. */
import * as tf from '@tensorflow/tfjs-core';
import type { Conv2DAttrs, KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

/** The wasm backend with the switch of `withExactSums`. */
interface ExactSums {
  exactSums?: boolean;
}

/** Gives the backend that switch, off. */
export function offerExactSums(backend: object): void {
  (backend as ExactSums).exactSums = false;
}

const isOn = (backend: unknown): boolean => (backend as ExactSums).exactSums === true;

/** out[m, n] = sum over k of a[m, k] b[k, n]; `total_N` is scratch. */
function multiply(
  a_MK: Float32Array,
  b_KN: Float64Array | Float32Array,
  out_MN: Float32Array,
  N: number,
  total_N: Float64Array,
): void {
  const K = b_KN.length / N;
  const M = a_MK.length / K;
  for (let m = 0; m < M; m++) {
    total_N.fill(0);
    let k = 0;
    // Four at a time: the totals are loaded and stored a quarter as often.
    for (; k + 4 <= K; k += 4) {
      const at = m * K + k;
      const [f0, f1, f2, f3] = [a_MK[at], a_MK[at + 1], a_MK[at + 2], a_MK[at + 3]] as [number, number, number, number];
      if (f0 === 0 && f1 === 0 && f2 === 0 && f3 === 0) continue;
      const from = k * N;
      for (let n = 0, b = from; n < N; n++, b++) {
        total_N[n] =
          (total_N[n] as number) +
          f0 * (b_KN[b] as number) +
          f1 * (b_KN[b + N] as number) +
          f2 * (b_KN[b + 2 * N] as number) +
          f3 * (b_KN[b + 3 * N] as number);
      }
    }
    for (; k < K; k++) {
      const factor = a_MK[m * K + k] as number;
      for (let n = 0; n < N; n++) total_N[n] = (total_N[n] as number) + factor * (b_KN[k * N + n] as number);
    }
    out_MN.set(total_N, m * N);
  }
}

/** @param original BatchMatMul on wasm; keeps all but products of untransposed float32 matrices, to which the others lead */
export function exactMatMul(original: KernelConfig): KernelConfig {
  const kernelFunc: KernelFunc = (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const plain = a.dtype === 'float32' && b.dtype === 'float32' && !transposeA && !transposeB;
    if (!isOn(call.backend) || !plain) return original.kernelFunc(call);
    const backend = call.backend as WasmBackend;
    const [M = 0, K = 0] = a.shape.slice(-2);
    const N = b.shape.at(-1) ?? 0;
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const count = tf.util.sizeFromShape(batch);
    const same = [a, b].every(({ shape }) => tf.util.sizeFromShape(shape.slice(0, -2)) === count);
    if (!same) return original.kernelFunc(call);
    const out = backend.makeOutput([...batch, M, N], 'float32');
    const [aValues, bValues, values] = [a, b, out].map((x) => backend.typedArrayFromHeap(x) as Float32Array) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const total_N = new Float64Array(N);
    for (let i = 0; i < count; i++) {
      multiply(
        aValues.subarray(i * M * K, (i + 1) * M * K),
        bValues.subarray(i * K * N, (i + 1) * K * N),
        values.subarray(i * M * N, (i + 1) * M * N),
        N,
        total_N,
      );
    }
    return out;
  };
  return { ...original, kernelFunc };
}

/** @param original Conv2D on wasm. Both of its gradients are made of Conv2D, so they follow. */
export function exactConv2D(original: KernelConfig): KernelConfig {
  const kernelFunc: KernelFunc = (call) => {
    const { x, filter } = call.inputs as { x: TensorInfo; filter: TensorInfo };
    const { strides, pad, dataFormat, dilations, dimRoundingMode } = call.attrs as unknown as Conv2DAttrs;
    if (!isOn(call.backend) || dataFormat !== 'NHWC') return original.kernelFunc(call);
    const info = tf.backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filter.shape as [number, number, number, number],
      strides,
      dilations,
      pad,
      dimRoundingMode,
    );
    const backend = call.backend as WasmBackend;
    const out = backend.makeOutput(info.outShape, 'float32');
    const x_BHWC = backend.typedArrayFromHeap(x) as Float32Array;
    const out_BHWO = backend.typedArrayFromHeap(out) as Float32Array;
    const filter_KO = Float64Array.from(backend.typedArrayFromHeap(filter) as Float32Array);
    const { inHeight: H, inWidth: W, inChannels: C, filterHeight, filterWidth, outWidth, outChannels: O } = info;
    const patch_WK = new Float32Array(outWidth * filterHeight * filterWidth * C);
    const total_O = new Float64Array(O);
    for (let row = 0; row < info.batchSize * info.outHeight; row++) {
      const b = Math.floor(row / info.outHeight);
      const top = (row % info.outHeight) * info.strideHeight - info.padInfo.top;
      patch_WK.fill(0);
      for (let column = 0, at = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - info.padInfo.left;
        for (let u = 0; u < filterHeight; u++) {
          const h = top + u * info.dilationHeight;
          for (let v = 0; v < filterWidth; v++, at += C) {
            const w = left + v * info.dilationWidth;
            if (h < 0 || h >= H || w < 0 || w >= W) continue;
            const from = ((b * H + h) * W + w) * C;
            patch_WK.set(x_BHWC.subarray(from, from + C), at);
          }
        }
      }
      multiply(patch_WK, filter_KO, out_BHWO.subarray(row * outWidth * O, (row + 1) * outWidth * O), O, total_O);
    }
    return out;
  };
  return { ...original, kernelFunc };
}
