import { fold, type Augmenter, type DeviceHalf, type RgbImage } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { key } from './fixtures.ts';

/** Float32 in another order of operations; the hue of nearly gray pixels is the worst. */
const ROUNDING = 1e-3;

/** The device half of an augmenter with float32 pixels gives the pixels that `apply` gives for the same plans, and leaves no tensor. */
export async function expectSamePixels(
  augmenter: Augmenter,
  half: DeviceHalf,
  images: readonly RgbImage[],
): Promise<void> {
  expect(half.parameters.length, 'one entry a view group').toBe(augmenter.views.length);
  const onDevice = await half.load();
  const before = tf.memory().numTensors;
  images.forEach((image, sample) => {
    const plan = augmenter.sample(fold(key, 'sample', sample), fold(key, 'batch'), image.width, image.height);
    const host = augmenter.apply(image, plan);
    const crops = host.map((pixels) => new Float32Array(pixels.length).fill(NaN));
    const parameters = augmenter.views.map(({ count }, group) =>
      new Float32Array(count * (half.parameters[group] ?? 0)).fill(NaN),
    );
    half.cut(image, JSON.parse(JSON.stringify(plan)) as typeof plan, crops, parameters);
    expect(
      [...crops, ...parameters].some((values) => values.includes(NaN)),
      'every value is written',
    ).toBe(false);
    augmenter.views.forEach(({ count, size, channels }, group) => {
      const crops_BHWC = tf.tensor4d(crops[group] ?? [], [count, size, size, channels]);
      const views_BHWC = onDevice(group, crops_BHWC, parameters[group] ?? new Float32Array(0));
      const expected = host[group] ?? [];
      let largest = 0;
      views_BHWC.dataSync().forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value - (expected[i] ?? NaN)));
      });
      expect(largest, 'the same pixels as apply()').toBeLessThan(ROUNDING);
      tf.dispose([crops_BHWC, views_BHWC]);
    });
  });
  expect(tf.memory().numTensors, 'no tensor is left behind').toBe(before);
}
