import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { isTesseraError, rootKey, singleProcess, type ContextOf } from '@tessera/core';
import { evaluationForward, openEngine } from '@tessera/engine';
import { beforeAll, expect, it } from 'vitest';
import { errorOfLargest, numericGradient, relativeError, wave } from '../testdata/read.ts';
import { crossEntropyObjective } from './cross-entropy-objective.ts';

const context = (inDim: number, classes?: number): ContextOf['objective'] => ({
  key: rootKey(0),
  inDim,
  batchSize: 4,
  views: [{ count: 2, size: 4, channels: 3 }],
  data: { size: 4, ...(classes !== undefined && { classes }) },
  collective: singleProcess,
  scope: 'objective',
  warn: () => undefined,
});

const labels = Int32Array.from([2, 0, 1, 2]);

/** `torch.nn.CrossEntropyLoss(label_smoothing)` over all views, in plain loops. */
function slow(views: readonly number[][][], smoothing: number): number {
  const rows = views.flatMap((view) => view.map((row, b) => ({ row, own: labels[b] ?? NaN })));
  const losses = rows.map(({ row, own }) => {
    const log = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    const exact = log - (row[own] ?? NaN);
    const spread = row.reduce((sum, x) => sum + log - x, 0) / row.length;
    return (1 - smoothing) * exact + smoothing * spread;
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return isTesseraError(error) ? `${error.code} ${error.message}` : String(error);
  }
}

beforeAll(async () => {
  await openEngine('cpu');
});

it.each([0, 0.1])('is the mean over images and views, label smoothing %f', (labelSmoothing) => {
  const views = [wave(4, 3, 0), wave(4, 3, 0.8)];
  const objective = crossEntropyObjective.build({ labelSmoothing }, context(3, 3));
  const { value, grads } = tf.valueAndGrads(
    (...z: Tensor[]) => objective.loss({ online: z as Tensor2D[] }, { labels }, evaluationForward()).loss,
  )(views.map((view) => tf.tensor2d(view)));
  expect(relativeError(value, slow(views, labelSmoothing))).toBeLessThan(1e-5);
  grads.forEach((grad, at) => {
    const moved = (z: number[][]): number =>
      slow(
        views.map((view, i) => (i === at ? z : view)),
        labelSmoothing,
      );
    expect(errorOfLargest(grad, numericGradient(views[at] ?? [], moved))).toBeLessThan(1e-4);
  });
});

it('accuracy is the share of views whose largest logit is their class', () => {
  const objective = crossEntropyObjective.build({}, context(3, 3));
  const right = tf.cast<Tensor2D>(tf.oneHot(tf.tensor1d([...labels], 'int32'), 3) as Tensor2D, 'float32');
  const firstOnly = tf.tensor2d([0, 1, 2, 3].map(() => [5, 0, 1]));
  const { metrics } = objective.loss({ online: [right, firstOnly] }, { labels }, evaluationForward());
  expect((metrics['accuracy'] as Tensor).dataSync()[0]).toBe(5 / 8);
});

it('refuses fewer logits than classes, and images without a class', () => {
  expect(codeOf(() => crossEntropyObjective.build({}, context(2, 3)))).toMatch(
    /^E_CLASSES the head gives 2 logits.*3 classes/,
  );
  const objective = crossEntropyObjective.build({}, context(3));
  const lossWith = (given?: Int32Array) => () =>
    objective.loss({ online: [tf.zeros([4, 3])] }, given ? { labels: given } : {}, evaluationForward());
  expect(codeOf(lossWith())).toMatch(/^E_DATA_UNLABELLED the objective cross-entropy/);
  expect(codeOf(lossWith(Int32Array.from([0, -1, 1, -1])))).toMatch(/^E_DATA_UNLABELLED .*2 of the 4 images/);
});
