import { requireNumbers, type Json, type RandomStream } from '@tessera/core';
import type { PixelOps } from '../ops/pixel-ops.ts';
import type { Pixels } from '../ops/pixel-op.ts';
import type { DeviceForm } from './device-form.ts';

/** Where an op draws from. */
export interface Draws {
  /** Of this view of this image. */
  readonly random: RandomStream;
  /** The same for every image of the batch, one for each view and op: google's blur draws its sigma here. */
  readonly batch: RandomStream;
}

/** One step of a view after the crop: what is drawn is apart from what is done, so that a plan is plain JSON. */
export interface ViewOp<P extends Json = Json> {
  /** Draws the parameters of one view. `null` leaves the op out. */
  sample(draws: Draws): P | null;
  /**
   * Applies the op in place.
   * @param pixels [size, size, 3], interleaved, nominally in [0, 1] @param drawn what `sample` gave, perhaps after a trip through JSON
   * @param ops our ops, in the fastest implementation there is
   */
  apply(pixels: Float32Array, size: number, drawn: P, ops: PixelOps<Float32Array>): void;
  /** The same on bytes, for `pixels: uint8`. Where it is left out the view goes through floats, and is rounded once after this op. */
  applyBytes?(pixels: Uint8Array, size: number, drawn: P, ops: PixelOps<Uint8Array>): void;
  /** How the engine computes the same. Without it, views that have this op are made on the host. */
  readonly device?: DeviceForm<P>;
  /** What messages call it. */
  readonly name?: string;
}

/** An op that is the same on floats and on bytes, because it is made of ours. */
export function pixelOp<P extends Json>(
  definition: Pick<ViewOp<P>, 'sample' | 'device' | 'name'> & {
    readonly apply: <T extends Pixels>(pixels: T, size: number, drawn: P, ops: PixelOps<T>) => void;
  },
): ViewOp<P> {
  return { ...definition, applyBytes: definition.apply };
}

/** The op with this probability, else nothing. @throws TesseraError `E_OPTION_INVALID` on a probability outside of [0, 1] */
export function sometimes<P extends Json>(probability: number, op: ViewOp<P>): ViewOp<P> {
  requireNumbers('sometimes', { probability }, { atLeast: 0, atMost: 1 });
  return { ...op, sample: (draws) => (draws.random.bernoulli(probability) ? op.sample(draws) : null) };
}
