import type { ViewGroup, ViewSpec } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';

/** Per-channel mean and standard deviation of pixels in [0, 1]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Pixels of one view group on the host, crop-major. */
export interface HostGroup {
  readonly spec: ViewSpec;
  readonly pixels: Uint8Array | Float32Array;
}

/** uint8 to [0, 1], as torchvision's ToTensor: the float32 nearest to value / 255. */
const unit = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** Host pixels to a tensor [count * B, size, size, channels] that the caller owns. */
export function uploadPixels({ spec, pixels }: HostGroup, normalize: Normalization | null): Tensor4D {
  const { size, channels } = spec;
  const shape: [number, number, number, number] = [pixels.length / (size * size * channels), size, size, channels];
  const raw_BHWC = tf.tensor4d(pixels instanceof Float32Array ? pixels : toUnit(pixels), shape, 'float32');
  if (!normalize) return raw_BHWC;
  const normalized = tf.tidy((): Tensor4D =>
    tf.div(tf.sub(raw_BHWC, tf.tensor1d([...normalize.mean])), tf.tensor1d([...normalize.std])),
  );
  raw_BHWC.dispose();
  return normalized;
}

/** Every group of a batch. The caller disposes the tensors before it releases the batch: an engine may read the host's memory. */
export function uploadGroups(groups: readonly HostGroup[], normalize: Normalization | null): ViewGroup[] {
  return groups.map((group) => ({ count: group.spec.count, pixels: uploadPixels(group, normalize) }));
}

function toUnit(bytes: Uint8Array): Float32Array {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = unit[bytes[i] ?? 0] ?? 0;
  return out;
}
