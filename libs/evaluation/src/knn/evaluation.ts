import { defineEvaluation, doubts, TesseraError } from '@tessera/core';
import { z } from 'zod';
import { accuracy, knnPredict } from './predict.ts';

/** Options of {@link knn}. */
export const knnOptions = z.strictObject({
  k: z.int().min(1).default(200).describe('neighbours that vote; at most the size of the bank'),
  temperature: z.number().positive().default(0.1).describe('t of the vote exp(similarity / t)'),
});

/** Weighted kNN on frozen features. Metrics: `top1` (fraction), `k` (used), `temperature`, `bank` and `queries` (images). */
export const knn = defineEvaluation({
  name: 'knn',
  summary:
    'Weighted k-nearest-neighbour accuracy of the frozen features: training subset as bank, test images as queries.',
  options: knnOptions,
  check: ({ k }, { images }) =>
    doubts(
      images !== undefined &&
        k * 10 > images && {
          code: 'W_KNN_NEIGHBOURS',
          message: `kNN lets ${String(k)} of at most ${String(images)} images vote; published numbers take 200 of 50,000`,
        },
    ),
  create: ({ k, temperature }, context) => ({
    protocol:
      `weighted kNN: cosine similarity, k=${String(k)} (at most the bank), weights exp(s/${String(temperature)}); ` +
      "features h of the encoder in evaluation mode, float32; bank: the run's own training subset, queries: the test set, both without augmentation",
    run: async () => {
      const bank = await context.features('train');
      const queries = await context.features('test');
      requireLabels(bank.labels, bank.classes, 'training');
      requireLabels(queries.labels, bank.classes, 'test');
      const { predictions, k: used } = knnPredict({
        bank_ND: bank.features_ND,
        labels: bank.labels,
        queries_MD: queries.features_ND,
        classes: bank.classes,
        k,
        temperature,
      });
      if (used < k) context.warn?.('W_KNN_K', smallBank(k, used));
      return {
        top1: accuracy(predictions, queries.labels),
        k: used,
        temperature,
        bank: bank.labels.length,
        queries: queries.labels.length,
      };
    },
  }),
});

function smallBank(k: number, bank: number): string {
  return `k is ${String(k)}, and the bank has ${String(bank)} images: all of them vote on every query, so that large classes win; set k to a small part of the bank`;
}

function requireLabels(labels: Int32Array, classes: number, what: string): void {
  if (labels.length > 0 && labels.every((label) => label >= 0 && label < classes)) return;
  throw new TesseraError({
    code: 'E_EVALUATION_LABELS',
    message: `the ${what} images have ${labels.length === 0 ? 'no rows' : 'images without a class among those of the training images'}; kNN needs a class for each`,
    next: 'Put the images into one folder a class, with the same class names under train/ and test/.',
  });
}
