import type { Json } from '@tessera/core';
import type { Tensor4D } from '@tensorflow/tfjs-core';

/**
 * An op as a kernel for the engine. Worker threads turn what was drawn into numbers; the main thread loads the kernel, which gets the
 * numbers of all views of a batch that have the op.
 */
export interface DeviceForm<P extends Json = Json> {
  /** How many numbers a draw comes to. */
  readonly width: number;
  /** Writes the numbers of one view. @param drawn what `sample` gave @param size side of the view, pixels @param out [width] */
  write(drawn: P, size: number, out: Float32Array): void;
  /** Imports the kernel. Dynamic, because workers load the op too and want no tensor library. */
  load(): Promise<DeviceKernel>;
}

/**
 * Computes the op for several views, each with its own numbers; called inside a `tf.tidy`.
 * @param pixels_BHWC nominally in [0, 1] @param drawn_BP [B, width], what `write` wrote @returns the same shape
 */
export type DeviceKernel = (pixels_BHWC: Tensor4D, drawn_BP: Float32Array) => Tensor4D;

/** The numbers of an op that draws nothing but whether it is applied. */
export const noNumbers = { width: 0, write: () => undefined } as const;
