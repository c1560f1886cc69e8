import type { AugmentOnDevice, ViewGroup, ViewSpec } from '@tessera/core';
import { withPrecision } from '@tessera/engine';
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
  /** Where the pixels are crops: what the engine still has to do to each, [count * B, P]. */
  readonly parameters?: Float32Array;
}

/** uint8 to [0, 1], as torchvision's ToTensor: the float32 nearest to value / 255. */
const unit = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** Host pixels to a tensor [count * B, size, size, channels] that the caller owns. */
export function uploadPixels(group: HostGroup, normalize: Normalization | null): Tensor4D {
  return normalized(rawPixels(group), normalize);
}

function rawPixels({ spec, pixels }: HostGroup): Tensor4D {
  const { size, channels } = spec;
  const shape: [number, number, number, number] = [pixels.length / (size * size * channels), size, size, channels];
  return tf.tensor4d(pixels instanceof Float32Array ? pixels : toUnit(pixels), shape, 'float32');
}

/** Takes the pixels over. */
function normalized(pixels_BHWC: Tensor4D, normalize: Normalization | null): Tensor4D {
  if (!normalize) return pixels_BHWC;
  const result = tf.tidy((): Tensor4D =>
    tf.div(tf.sub(pixels_BHWC, tf.tensor1d([...normalize.mean])), tf.tensor1d([...normalize.std])),
  );
  pixels_BHWC.dispose();
  return result;
}

/**
 * Every group of a batch, crops finished to views. The caller disposes the tensors before it releases the batch: an engine may read the
 * host's memory. Pixels are float32 whatever the run computes in.
 * @param onDevice finishes crops; the groups then have parameters
 */
export function uploadGroups(
  groups: readonly HostGroup[],
  normalize: Normalization | null,
  onDevice?: AugmentOnDevice,
): ViewGroup[] {
  return groups.map((group, index) => {
    const { count } = group.spec;
    if (!onDevice) return { count, pixels: uploadPixels(group, normalize) };
    if (!group.parameters)
      throw new Error('crops without parameters: the loader was not told to augment on the device');
    const { parameters } = group;
    const crops_BHWC = rawPixels(group);
    try {
      const views_BHWC = withPrecision('f32', () => onDevice(index, crops_BHWC, parameters));
      return { count, pixels: normalized(views_BHWC, normalize) };
    } finally {
      crops_BHWC.dispose();
    }
  });
}

function toUnit(bytes: Uint8Array): Float32Array {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = unit[bytes[i] ?? 0] ?? 0;
  return out;
}
