/** Ops on the engine against the host's. No files are read: scripts/gpu runs these where there is only Node. For tests only. */
import { fold, rootKey, type Augmenter } from '@tessera/core';
import { describeEngines } from '@tessera/testing';
import { expect, test } from 'vitest';
import { pipelineAugmenter } from '../augmenters/pipeline.ts';
import { deviceViews, hostViews, largestDifference, picture } from './both-halves.ts';

export const imageKey = fold(rootKey(3), 'sample');
export const pictures = Array.from({ length: 4 }, (_, i) => picture(40 + 9 * i, 60 - 5 * i, i));

/** Of values in [0, 1]; float32 in another order of operations. About 8e-7 is seen. */
export const ROUNDING = 5e-6;

/** Three views that have the op in seven cases of ten. */
export const viewsWith = (name: string, options: object = {}, size = 20): Augmenter =>
  pipelineAugmenter.build({ views: [{ count: 3, size, ops: [{ name, probability: 0.7, ...options }] }] }, {});

/** `colour-jitter` with some of its four ops. */
export const jitterViews = (kind: string, only: object): Augmenter =>
  viewsWith('colour-jitter', { kind, brightness: 0, contrast: 0, saturation: 0, hue: 0, ...only });

/** Whose jitter. */
export const KINDS = ['torchvision', 'google-v1', 'google-v2'];

export async function expectHostPixels(augmenter: Augmenter): Promise<void> {
  const host = hostViews(augmenter, pictures, imageKey);
  expect(largestDifference(host, await deviceViews(augmenter, pictures, imageKey))).toBeLessThanOrEqual(ROUNDING);
}

/** Registers: the same draws give the host's pixels, on every engine. Await it at the top of a test file. */
export async function likeHost(cases: readonly (readonly [name: string, augmenter: Augmenter])[]): Promise<void> {
  await describeEngines(['torch', 'wasm', 'cpu'], () => {
    test.each(cases)('%s: the same draws give the pixels of the host', async (_name, augmenter) => {
      await expectHostPixels(augmenter);
    });
  });
}
