import { rootKey, stream, type EvaluationContext, type ViewFeatures, type ViewRequest } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { contextWithout } from '../testdata/context-without.ts';
import { retrieval } from './evaluation.ts';
import { retrievedRows } from './retrieve.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

const drawn = (seed: number, rows: number, width: number): number[][] => {
  const random = stream(rootKey(seed));
  return Array.from({ length: rows }, () => Array.from({ length: width }, () => random.uniform(-1, 1)));
};

/** The definition, row by row in float64. */
function slowly(queries: readonly number[][], candidates: readonly number[][]): number {
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
  return queries.filter((query, row) => {
    const scores = candidates.map((candidate) => dot(query, candidate) / Math.sqrt(dot(candidate, candidate)));
    return scores.indexOf(Math.max(...scores)) === row;
  }).length;
}

/** A context that has nothing but views, one entry a draw. */
function contextOf(draws: readonly (readonly [number[][], number[][]])[], heldOut = true) {
  const asked: ViewRequest[] = [];
  const context: EvaluationContext = {
    ...contextWithout('retrieval looks at views only'),
    views: async function* (request): AsyncGenerator<ViewFeatures> {
      asked.push(request);
      for (const [first, second] of draws) {
        await Promise.resolve();
        const [first_ND, second_ND] = [first, second].map((rows) => tf.tensor2d(rows, [rows.length, 3]));
        if (first_ND && second_ND) yield { first_ND, second_ND, heldOut };
      }
    },
  };
  return { context, asked };
}

describe('retrievedRows', () => {
  it('counts what the definition counts', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [queries, noise] = [drawn(seed, 12, 3), drawn(100 + seed, 12, 3)];
      const candidates = queries.map((row, i) => row.map((x, j) => 2 * x + (noise[i]?.[j] ?? 0)));
      const found = tf.tidy(() => retrievedRows(tf.tensor2d(queries), tf.tensor2d(candidates)));
      expect(found).toBe(slowly(queries, candidates));
    }
  });

  it('finds every row of itself, whatever the lengths, and none of the next', () => {
    const start = tf.memory().numTensors;
    const rows = drawn(1, 10, 4);
    const longer = rows.map((row, i) => row.map((x) => x * (i + 1)));
    const [x_ND, y_ND] = [tf.tensor2d(rows), tf.tensor2d(longer)];
    expect(retrievedRows(x_ND, y_ND)).toBe(10);
    const moved_ND = tf.tidy((): Tensor2D => tf.concat([tf.slice(y_ND, 1), tf.slice(y_ND, 0, 1)]));
    expect(retrievedRows(x_ND, moved_ND)).toBe(0);
    tf.dispose([x_ND, y_ND, moved_ND]);
    expect(tf.memory().numTensors).toBe(start);
  });

  it.each([[1], [0]])('finds one of features that are all %d: chance', (value) => {
    const rows = Array.from({ length: 8 }, () => [value, value]);
    expect(tf.tidy(() => retrievedRows(tf.tensor2d(rows), tf.tensor2d(rows)))).toBe(1);
  });
});

describe('the evaluation', () => {
  it('is the mean over both directions and all draws, with chance beside it, and leaves no tensor', async () => {
    const start = tf.memory().numTensors;
    const pairs = [0, 1, 2].map((seed) => [drawn(seed, 6, 3), drawn(50 + seed, 6, 3)] as const);
    const { context, asked } = contextOf(pairs);
    const hits = pairs.reduce((sum, [a, b]) => sum + slowly(a, b) + slowly(b, a), 0);
    const metrics = await retrieval.build({ images: 50, draws: 3 }, context).run();
    expect(metrics).toEqual({ top1: hits / 36, chance: 1 / 6, images: 6, draws: 3, heldOut: 1 });
    expect(asked).toEqual([{ images: 50, draws: 3 }]);
    expect(tf.memory().numTensors).toBe(start);
  });

  it('tells when training saw the images, and its protocol in words', async () => {
    const rows = drawn(0, 4, 3);
    const evaluation = retrieval.build({ draws: 1 }, contextOf([[rows, rows]], false).context);
    expect(await evaluation.run()).toMatchObject({ top1: 1, heldOut: 0 });
    expect(evaluation.protocol).toMatch(
      /cosine.*mean of 1 draw, chance 1\/N.*evaluation mode.*at most 200 of the test images/,
    );
    expect(retrieval.needsLabels).toBe(false);
  });

  it.each([
    [0, 'no image could be read'],
    [1, '1 image could be read'],
  ])('refuses %i images', async (count, says) => {
    const start = tf.memory().numTensors;
    const rows = drawn(0, count, 3);
    await expect(retrieval.build({}, contextOf([[rows, rows]]).context).run()).rejects.toMatchObject({
      code: 'E_EVALUATION_IMAGES',
      message: expect.stringContaining(says) as unknown,
    });
    expect(tf.memory().numTensors).toBe(start);
  });
});
