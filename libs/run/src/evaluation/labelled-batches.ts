import type { BatchRequest, LabelledBatch } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Composition } from '../compose.ts';
import { uploadGroups } from '../training/upload.ts';
import { EVALUATION_BATCH, FIRST_EPOCH, plainAugmenter } from './features.ts';
import { labelledImages, type ScoredImages } from './labelled-images.ts';

/** Labelled images of a split as an augmenter makes them, in order; a batch's pixels live until the next is asked for. */
export async function* labelledBatches(
  composition: Composition,
  scored: ScoredImages,
  { split, augmenter = plainAugmenter(composition), batchSize = EVALUATION_BATCH, epoch = 0 }: BatchRequest,
): AsyncGenerator<LabelledBatch> {
  const { images } = labelledImages(scored, split);
  const loader = await composition.load({ images, augmenter, batchSize, training: false });
  try {
    for await (const batch of loader.epoch(FIRST_EPOCH + epoch)) {
      const views = uploadGroups(batch.groups, composition.recipe.data.normalize);
      try {
        yield { views, labels: batch.labels?.slice() ?? new Int32Array(batch.sampleIds.length).fill(-1) };
      } finally {
        tf.dispose(views.map(({ pixels }) => pixels));
        batch.release();
      }
    }
  } finally {
    await loader.dispose();
  }
}
