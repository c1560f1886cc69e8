import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { engineNames, float32MatMul } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { describe, expect, it } from 'vitest';
import { sinkhorn } from './sinkhorn.ts';
import { swappedPrediction } from './swapped-prediction.ts';
import { errorOfLargest, leaked, numericGradient, readOracle, relativeError, wave } from '../testdata/read.ts';

interface Case {
  readonly batch: number;
  readonly crops: number;
  readonly temperature: number;
  readonly epsilon: number;
  readonly iterations: number;
  readonly cropsForAssign: number[];
  readonly embeddings: number[][];
  readonly prototypeVectors: number[][];
  readonly queueBefore: number[][][] | null;
  readonly codes: number[][][];
  readonly loss: number;
  readonly gradEmbeddings: number[][];
  readonly gradPrototypes: number[][];
}

/** Scores, codes and loss as the swav objective composes them; prototypes [K, D] as in PyTorch. */
function swav(
  one: Omit<Case, 'codes' | 'loss' | 'gradEmbeddings' | 'gradPrototypes'>,
  z: Tensor2D,
  prototypes_KD: Tensor2D,
) {
  const scores_RK = float32MatMul(z, tf.transpose(prototypes_KD));
  const codes = one.cropsForAssign.map((crop, i) => {
    const own = tf.slice(scores_RK, [crop * one.batch, 0], [one.batch, -1]);
    const queue = one.queueBefore?.[i];
    const all = queue ? tf.concat([tf.matMul<Tensor2D>(tf.tensor2d(queue), prototypes_KD, false, true), own]) : own;
    return tf.slice(sinkhorn(all, one), [all.shape[0] - one.batch, 0], [one.batch, -1]);
  });
  return { codes, loss: swappedPrediction(scores_RK, codes, one) };
}

await describeEngines(engineNames, () => {
  describe('against main_swav.py', () => {
    const { cases } = readOracle('swav_loss') as { cases: Case[] };
    it.each(cases.map((one) => [one.crops, one.queueBefore ? 'a' : 'no', one] as const))(
      '%i crops, %s queue',
      (_crops, _queue, one) => {
        const { value, grads } = tf.valueAndGrads(
          (z: Tensor, c: Tensor) => swav(one, z as Tensor2D, c as Tensor2D).loss,
        )([tf.tensor2d(one.embeddings), tf.tensor2d(one.prototypeVectors)]);
        expect(relativeError(value, one.loss)).toBeLessThan(1e-5);
        expect(errorOfLargest(grads[0] as Tensor, one.gradEmbeddings)).toBeLessThan(1e-4);
        expect(errorOfLargest(grads[1] as Tensor, one.gradPrototypes)).toBeLessThan(1e-4);
        const { codes } = swav(one, tf.tensor2d(one.embeddings), tf.tensor2d(one.prototypeVectors));
        codes.forEach((code, i) => {
          expect(errorOfLargest(code, one.codes[i] ?? [])).toBeLessThan(1e-4);
        });
      },
    );

    it('golden vector: two crops of six images, four prototypes', () => {
      const unit = (rows: number[][]) => rows.map((row) => row.map((value) => value / Math.hypot(...row)));
      const z = tf.tensor2d([...unit(wave(6, 5, 0)), ...unit(wave(6, 5, 0.3))]);
      const setting = {
        batch: 6,
        crops: 2,
        temperature: 0.1,
        epsilon: 0.05,
        iterations: 3,
        cropsForAssign: [0, 1],
        queueBefore: null,
      };
      const { loss } = swav({ ...setting, embeddings: [], prototypeVectors: [] }, z, tf.tensor2d(unit(wave(4, 5, 2))));
      expect(relativeError(loss, 0.10337571483548669)).toBeLessThan(1e-5);
    });
  });

  describe('traps', () => {
    const scores = () => tf.tensor2d(wave(8, 3, 0.4));
    const codes = () => [tf.softmax(tf.tensor2d(wave(2, 3, 1))), tf.softmax(tf.tensor2d(wave(2, 3, 2)))] as Tensor2D[];
    const options = { crops: 4, cropsForAssign: [0, 1], temperature: 0.1 };

    it('trap 19: mean over assigned crops, then over the other V - 1 crops; a crop never predicts its own code', () => {
      const logProbability = tf.logSoftmax(tf.div<Tensor2D>(scores(), 0.1)).arraySync();
      let sum = 0;
      codes().forEach((code, own) => {
        const q = code.arraySync();
        for (let crop = 0; crop < 4; crop++) {
          if (crop === own) continue;
          for (let b = 0; b < 2; b++) {
            for (let k = 0; k < 3; k++) sum -= (q[b]?.[k] ?? NaN) * (logProbability[crop * 2 + b]?.[k] ?? NaN);
          }
        }
      });
      expect(relativeError(swappedPrediction(scores(), codes(), options), sum / (2 * 3 * 2))).toBeLessThan(1e-5);
    });

    it('finite differences of plain loops', () => {
      const fixed = codes().map((code) => code.arraySync());
      const slow = (rows: number[][]): number => {
        let sum = 0;
        rows.forEach((row, r) => {
          const logits = row.map((value) => value / 0.1);
          const top = Math.max(...logits);
          const logSum = top + Math.log(logits.reduce((total, value) => total + Math.exp(value - top), 0));
          fixed.forEach((q, own) => {
            if (Math.floor(r / 2) === own) return;
            logits.forEach((value, k) => (sum -= (q[r % 2]?.[k] ?? NaN) * (value - logSum)));
          });
        });
        return sum / (2 * 3 * 2);
      };
      const grad = tf.grad((x: Tensor) => swappedPrediction(x as Tensor2D, codes(), options))(scores());
      expect(errorOfLargest(grad, numericGradient(wave(8, 3, 0.4), slow))).toBeLessThan(1e-4);
    });

    it('trap 21: collapse gives ln K', () => {
      const uniform = [tf.fill([2, 3], 1 / 3), tf.fill([2, 3], 1 / 3)] as Tensor2D[];
      expect(relativeError(swappedPrediction(tf.ones([8, 3]), uniform, options), Math.log(3))).toBeLessThan(1e-5);
    });

    it('with one assigned crop, that crop gets no gradient', () => {
      const grad = tf.grad((x: Tensor) =>
        swappedPrediction(x as Tensor2D, codes().slice(0, 1), { ...options, cropsForAssign: [0] }),
      )(scores()) as Tensor2D;
      expect(tf.max(tf.abs(tf.slice(grad, [0, 0], [2, -1]))).dataSync()[0]).toBe(0);
      expect(tf.max(tf.abs(tf.slice(grad, [2, 0], [2, -1]))).dataSync()[0]).toBeGreaterThan(0);
    });

    it('refuses a crop that is not there', () => {
      expect(() => swappedPrediction(scores(), codes(), { ...options, cropsForAssign: [0, 4] })).toThrow(
        /crops \[0, 4\]/,
      );
    });
  });

  it('leaks nothing', () => {
    const [one] = (readOracle('swav_loss') as { cases: Case[] }).cases;
    if (!one) throw new Error('no case');
    const count = leaked(() => {
      tf.grad((z: Tensor) => swav(one, z as Tensor2D, tf.tensor2d(one.prototypeVectors)).loss)(
        tf.tensor2d(one.embeddings),
      );
    });
    expect(count).toBe(0);
  });
});
