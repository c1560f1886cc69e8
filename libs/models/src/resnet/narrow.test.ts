/**
 * Networks with fewer channels than a convolution kernel has lanes, whose shortcuts skip pixels: there libtorch's own kernels wrote past their
 * memory or gave gradients that were wrong by a quarter, without a word.
 */
import { rootKey } from '@tessera/core';
import { openEngine, UpdateCollector, withExactSums } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { trainingForward } from '../testdata/tiny-forward.ts';
import { resnetEncoder } from './resnet.ts';

const { name: engine } = await openEngine('auto');

/** Rounding in float32, and a ReLU that it opens or shuts here and there; the wrong kernels were 24 % off, or NaN. */
const TOLERANCE = 0.01;

function gradientsOf(width: number, side: number, images: number): Map<string, Float32Array> {
  const context = { key: rootKey(1), inputChannels: 3, scope: '' };
  const encoder = resnetEncoder.build({ blocks: [1, 1, 1, 1], width, stem: 'cifar' }, context);
  const variables = encoder.variables();
  const updates = new UpdateCollector();
  const found = tf.tidy(() => {
    const shape: [number, number, number, number] = [images, side, side, 3];
    const pixels = Float32Array.from({ length: images * side * side * 3 }, (_, i) => Math.sin(0.37 * i + (i % 101)));
    const { grads } = tf.variableGrads(
      () => tf.mean(tf.square(tf.sub(encoder.apply(tf.tensor4d(pixels, shape), trainingForward(updates)), 1))),
      variables.map(({ variable }) => variable),
    );
    return variables.map(({ name, variable }): [string, Float32Array] => [
      name,
      Float32Array.from(grads[variable.name]?.dataSync() ?? []),
    ]) as never;
  }) as [string, Float32Array][];
  updates.discard();
  encoder.dispose();
  return new Map(found);
}

const norm = (values: Iterable<number>): number => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));

describe.skipIf(engine !== 'torch')(`narrow networks${engine === 'torch' ? '' : ' (SKIPPED: no torch engine)'}`, () => {
  test.each([
    [8, 64, 16],
    [4, 128, 2],
    [4, 224, 1],
    [12, 96, 2],
    [4, 16, 16],
    [3, 64, 4],
  ])('width %i with %i pixels, %i images: the gradients are those of sums in float64', (width, side, images) => {
    const { value: exact, exact: is } = withExactSums(() => gradientsOf(width, side, images));
    expect(is).toBe(true);
    const plain = gradientsOf(width, side, images);
    for (const [name, wanted] of exact) {
      const actual = plain.get(name) ?? new Float32Array();
      expect(norm(wanted), name).toBeGreaterThan(0);
      expect(norm(wanted.map((v, i) => v - (actual[i] ?? NaN))) / norm(wanted), name).toBeLessThan(TOLERANCE);
    }
  });
});
