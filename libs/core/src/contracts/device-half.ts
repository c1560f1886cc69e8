import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Plan, RgbImage, Views } from './data.ts';

/**
 * An augmenter in two halves: crops are cut on the host, the ops after the crop run on the engine for a whole batch. Both halves follow
 * the same plan that `apply` follows, so where `pixelType` is float32 the views are the same up to float32 rounding.
 */
export interface DeviceHalf {
  /** Numbers P that say what was drawn for a view after its crop; one entry a view group. */
  readonly parameters: readonly number[];
  /**
   * The host's half for one image.
   * @param crops one array a group, [count, size, size, channels], of the augmenter's pixel type
   * @param parameters one array a group, [count, P]
   */
  cut(image: RgbImage, plan: Plan, crops: Views, parameters: readonly Float32Array[]): void;
  /** Loads the engine's half. Worker threads never call it, so they never load a tensor library. */
  load(): Promise<AugmentOnDevice>;
}

/**
 * Computes the views of a group from its crops. Pure; the caller owns the result and keeps the crops.
 * @param crops_BHWC crop-major [count * B, size, size, channels], nominally in [0, 1] @param parameters_BP [count * B, P]
 */
export type AugmentOnDevice = (group: number, crops_BHWC: Tensor4D, parameters_BP: Float32Array) => Tensor4D;

/** Why an augmenter has no device half. */
export interface HostOnly {
  /** A clause: `the op 'gaussian-noise' has no device form`. */
  readonly hostOnly: string;
}
