import type { EvaluationContext } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { contextWithout } from '../testdata/context-without.ts';
import { knn } from './evaluation.ts';

let features_ND: Tensor2D;
beforeAll(async () => {
  await openEngine('cpu');
  features_ND = tf.tensor2d([1, 0, 1, 0.1, 0, 1, 0.1, 1], [4, 2]);
});

/** Four images in two classes on both sides; an encoder that tells them apart. */
function contextOf(warn?: (code: string, message: string) => void): EvaluationContext {
  return {
    ...contextWithout('kNN looks at features only'),
    features: () => Promise.resolve({ features_ND, labels: Int32Array.of(0, 0, 1, 1), classes: 2 }),
    ...(warn && { warn }),
  };
}

describe('kNN evaluation', () => {
  it.each([
    [5, 4, [['W_KNN_K', 'k is 5, and the bank has 4 images']]],
    [4, 4, []],
    [1, 1, []],
  ] as const)('with k = %d uses %d neighbours, and warns where the bank has fewer', async (k, used, expected) => {
    const warnings: [string, string][] = [];
    const before = tf.memory().numTensors;
    const context = contextOf((code, message) => warnings.push([code, message.split(':')[0] ?? '']));
    expect(await knn.build({ k }, context).run()).toMatchObject({ top1: 1, k: used, bank: 4, queries: 4 });
    expect(warnings).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('needs nobody to tell', async () => {
    expect(await knn.build({ k: 5 }, contextOf()).run()).toMatchObject({ top1: 1, k: 4 });
  });
});
