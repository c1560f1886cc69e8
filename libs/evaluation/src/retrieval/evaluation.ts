import { defineEvaluation, TesseraError } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { retrievedRows } from './retrieve.ts';

/** Options of {@link retrieval}. */
export const retrievalOptions = z.strictObject({
  images: z.int().min(2).default(200).describe('at most so many images, evenly spread'),
  draws: z.int().min(1).default(4).describe('times that two views of each image are drawn; the score is the mean'),
});

/**
 * Whether the frozen features know an image again: for each of two views, is the nearest of all images' other views its own? Needs no
 * labels. Metrics: `top1` (fraction), `chance` (1 / images), `images` (N), `draws`, `heldOut` (1; 0 where training saw the images).
 */
export const retrieval = defineEvaluation({
  name: 'retrieval',
  summary: "Retrieval of an image's other view among those of all images, on frozen features; needs no labels.",
  options: retrievalOptions,
  needsLabels: false,
  create: ({ images, draws }, context) => ({
    protocol:
      `retrieval of an image's other view: two views of each image by the recipe's augmenter, the nearest of the N other views by cosine similarity, ` +
      `top-1 over both directions, mean of ${String(draws)} ${draws === 1 ? 'draw' : 'draws'}, chance 1/N; ` +
      `features h of the encoder in evaluation mode, float32; images: at most ${String(images)} of the test images, or of the training images where the run has none`,
    run: async () => {
      let [hits, queries, found, heldOut] = [0, 0, 0, true];
      for await (const { first_ND, second_ND, ...rest } of context.views({ images, draws })) {
        try {
          [found] = first_ND.shape;
          heldOut = rest.heldOut;
          requireOthers(found);
          hits += retrievedRows(first_ND, second_ND) + retrievedRows(second_ND, first_ND);
          queries += 2 * found;
        } finally {
          tf.dispose([first_ND, second_ND]);
        }
      }
      return { top1: hits / queries, chance: 1 / found, images: found, draws, heldOut: heldOut ? 1 : 0 };
    },
  }),
});

function requireOthers(images: number): void {
  if (images >= 2) return;
  throw new TesseraError({
    code: 'E_EVALUATION_IMAGES',
    message: `${images === 0 ? 'no image' : '1 image'} could be read; retrieval needs others to tell an image from, 2 at least`,
    next: 'Give a folder with more images with --data DIR.',
  });
}
