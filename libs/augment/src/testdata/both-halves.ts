/** Views made the two ways: on the host, and crops on the host with the ops on the engine. For tests only. */
import { fold, rootKey, stream, type Augmenter, type DeviceHalf, type RandomKey, type RgbImage } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';

/** Smooth colours with some noise: neighbouring pixels are alike, as in a photograph, and every part of the range occurs. */
export function picture(width: number, height: number, seed: number): RgbImage {
  const random = stream(fold(rootKey(seed), 'picture'));
  const waves = Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => random.uniform(0.5, 4)));
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    const [a = 0, b = 0, d = 0, e = 0] = waves[c] ?? [];
    const smooth = 0.5 + 0.3 * Math.sin((a * x) / width + b) + 0.3 * Math.cos((d * y) / height + e);
    data[i] = Math.max(0, Math.min(255, Math.round(255 * (smooth + 0.1 * random.normal()))));
  }
  return { width, height, data };
}

/** An augmenter's device half. */
export function halfOf({ device }: Augmenter): DeviceHalf {
  if (!device || 'hostOnly' in device) throw new Error(`no device half: ${device?.hostOnly ?? 'none'}`);
  return device;
}

const batchKey = fold(rootKey(7), 'batch');

/** Crop-major views of a batch, one array a group. @param key of the first image's draws */
export function hostViews(augmenter: Augmenter, images: readonly RgbImage[], key: RandomKey): Float32Array[] {
  const views = images.map((image, i) =>
    augmenter.apply(image, augmenter.sample(fold(key, i), batchKey, image.width, image.height)),
  );
  return augmenter.views.map(({ count }, group) =>
    cropMajor(
      views.map((of) =>
        Float32Array.from(of[group] ?? [], (value) => (augmenter.pixelType === 'uint8' ? value / 255 : value)),
      ),
      count,
    ),
  );
}

/** The same draws through the device half. Leaves no tensor. */
export async function deviceViews(
  augmenter: Augmenter,
  images: readonly RgbImage[],
  key: RandomKey,
): Promise<Float32Array[]> {
  const half = halfOf(augmenter);
  const onDevice = await half.load();
  const cut = images.map((image, i) => {
    const plan = augmenter.sample(fold(key, i), batchKey, image.width, image.height);
    const lengths = augmenter.views.map(({ count, size, channels }) => count * size * size * channels);
    const crops = lengths.map((length) =>
      augmenter.pixelType === 'uint8' ? new Uint8Array(length) : new Float32Array(length),
    );
    const parameters = augmenter.views.map(
      ({ count }, group) => new Float32Array(count * (half.parameters[group] ?? 0)),
    );
    half.cut(image, JSON.parse(JSON.stringify(plan)) as typeof plan, crops, parameters);
    return { crops, parameters };
  });
  return augmenter.views.map(({ count, size, channels }, group) => {
    const scale = augmenter.pixelType === 'uint8' ? 1 / 255 : 1;
    const pixels = cropMajor(
      cut.map(({ crops }) => Float32Array.from(crops[group] ?? [], (value) => value * scale)),
      count,
    );
    const parameters = cropMajor(
      cut.map((of) => of.parameters[group] ?? new Float32Array(0)),
      count,
    );
    const crops_BHWC: Tensor4D = tf.tensor4d(pixels, [count * images.length, size, size, channels]);
    const views_BHWC = onDevice(group, crops_BHWC, parameters);
    const values = views_BHWC.dataSync().slice() as Float32Array;
    tf.dispose([crops_BHWC, views_BHWC]);
    return values;
  });
}

/** Image-major arrays of views to one crop-major array. */
function cropMajor(images: readonly Float32Array[], count: number): Float32Array {
  const length = (images[0]?.length ?? 0) / count;
  const out = new Float32Array(images.length * count * length);
  images.forEach((views, image) => {
    for (let view = 0; view < count; view++)
      out.set(views.subarray(view * length, (view + 1) * length), (view * images.length + image) * length);
  });
  return out;
}

/** The largest difference between values. */
export function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let largest = 0;
  a.forEach((values, group) => {
    const others = b[group] ?? new Float32Array(0);
    if (values.length !== others.length) largest = Infinity;
    values.forEach((value, i) => {
      const difference = Math.abs(value - (others[i] ?? NaN));
      if (!(difference <= largest)) largest = difference;
    });
  });
  return largest;
}
