import { readFileSync } from 'node:fs';
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { accuracy, knnPredict } from './predict.ts';

interface Oracle {
  readonly k: number;
  readonly temperature: number;
  readonly classes: number;
  readonly bank: number[][];
  readonly bankLabels: number[];
  readonly queries: number[][];
  readonly ranking: number[][];
}
const oracle = JSON.parse(readFileSync(new URL('../testdata/knn.json', import.meta.url), 'utf8')) as Oracle;

beforeAll(async () => {
  await openEngine('cpu');
});

function run(extra: { k?: number; chunk?: number; temperature?: number } = {}): ReturnType<typeof knnPredict> {
  const bank_ND = tf.tensor2d(oracle.bank);
  const queries_MD = tf.tensor2d(oracle.queries);
  const output = knnPredict({
    bank_ND,
    queries_MD,
    labels: Int32Array.from(oracle.bankLabels),
    classes: oracle.classes,
    k: oracle.k,
    temperature: oracle.temperature,
    ...extra,
  });
  tf.dispose([bank_ND, queries_MD]);
  return output;
}

describe('knnPredict', () => {
  it("reproduces lightly's ranking", () => {
    const { votes, predictions } = run();
    oracle.ranking.forEach((expected, row) => {
      const scores = [...votes.subarray(row * oracle.classes, (row + 1) * oracle.classes)];
      expect(predictions[row]).toBe(expected[0]);
      // Classes closer than 1e-5 may swap.
      expected.slice(1).forEach((label, i) => {
        expect(scores[expected[i] ?? 0]).toBeGreaterThanOrEqual((scores[label] ?? 0) - 1e-5);
      });
    });
  });

  it('equals the obvious loop, whatever the chunk', () => {
    const unit = (row: number[]): number[] => row.map((value) => value / Math.hypot(...row));
    const bank = oracle.bank.map(unit);
    const expected = oracle.queries.map(unit).map((query) => {
      const near = bank
        .map((row, i) => ({
          similarity: row.reduce((sum, value, d) => sum + value * (query[d] ?? 0), 0),
          label: oracle.bankLabels[i] ?? 0,
        }))
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, oracle.k);
      const votes = Array.from({ length: oracle.classes }, () => 0);
      for (const { similarity, label } of near)
        votes[label] = (votes[label] ?? 0) + Math.exp((similarity - (near[0]?.similarity ?? 0)) / oracle.temperature);
      return votes;
    });
    for (const chunk of [1, 5, 100]) {
      run({ chunk }).votes.forEach((vote, i) => {
        expect(vote).toBeCloseTo(expected[Math.floor(i / oracle.classes)]?.[i % oracle.classes] ?? NaN, 4);
      });
    }
  });

  it('trap 35: length is of no account, and a near neighbour outweighs several far ones: exp(s / t), no count', () => {
    const bank_ND = tf.tensor2d([
      [90, Math.sqrt(1900)], // similarity 0.9 to the query
      ...[0.01, 1, 1000].map((length) => [length * 0.5, length * Math.sqrt(0.75)]), // 0.5
    ]);
    const queries_MD = tf.tensor2d([[5, 0]]);
    const labels = Int32Array.of(1, 0, 0, 0);
    const { predictions, votes } = knnPredict({ bank_ND, queries_MD, labels, classes: 2, k: 4, temperature: 0.1 });
    tf.dispose([bank_ND, queries_MD]);
    expect([...predictions]).toEqual([1]);
    expect(votes[1]).toBe(1);
    expect(votes[0]).toBeCloseTo(3 * Math.exp((0.5 - 0.9) / 0.1), 5);
  });

  it('uses the whole bank when k is larger, and stays finite at tiny temperatures', () => {
    const { k, votes } = run({ k: 1000, temperature: 1e-4 });
    expect(k).toBe(oracle.bank.length);
    expect(votes.every(Number.isFinite)).toBe(true);
  });

  it.each([
    ['temperature', [0, -0.1, NaN, Infinity]],
    ['k', [0, -1, 1.5, NaN, Infinity]],
    ['chunk', [0, -1, 1.5, NaN, Infinity]],
    ['classes', [0, -1, 1.5, NaN, Infinity]],
  ] as const)('refuses a %s of %j', (name, values) => {
    const before = tf.memory().numTensors;
    for (const value of values) {
      tf.tidy(() => {
        expect(() => run({ [name]: value })).toThrow(
          expect.objectContaining({ name: 'TesseraError', code: 'E_OPTION_INVALID' }),
        );
      });
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaks nothing', () => {
    const before = tf.memory().numTensors;
    run();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('accuracy', () => {
  it('is a fraction', () => {
    expect(accuracy(Int32Array.of(1, 2, 3, 4), Int32Array.of(1, 2, 0, 4))).toBe(0.75);
  });
});
