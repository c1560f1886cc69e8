import type { DataPass, Encoder, EvaluationContext, FeatureSet } from '@tessera/core';
import type { Loader } from '@tessera/data';
import { evaluationForward } from '@tessera/engine';
import { extractFeatures, type EvaluationBatch } from '@tessera/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Composition } from '../compose.ts';
import { requireClasses } from '../evaluation-images.ts';
import type { ImageSet } from '../images.ts';
import { uploadPixels, type Normalization } from './upload.ts';

/** Runs an encoder over all images of a set in float32. */
async function featuresOf(
  composition: Composition,
  encoder: Encoder,
  images: ImageSet,
  classes: number,
): Promise<FeatureSet> {
  const loader = await composition.plainLoader(images);
  try {
    const batches = evaluationBatches(loader, composition.recipe.data.normalize);
    return await extractFeatures(encoder, batches, {
      forward: evaluationForward(),
      size: images.indices.length,
      classes,
    });
  } finally {
    await loader.dispose();
  }
}

interface IdentifiedBatch extends EvaluationBatch {
  readonly sampleIds: Int32Array;
}

async function* evaluationBatches(loader: Loader, normalize: Normalization | null): AsyncGenerator<IdentifiedBatch> {
  for await (const batch of loader.epoch(0)) {
    const { groups, labels, sampleIds } = batch;
    const [group] = groups;
    if (!group) return;
    yield {
      pixels: uploadPixels(group, normalize),
      labels: labels?.slice() ?? new Int32Array(sampleIds.length).fill(-1),
      sampleIds,
      release: () => {
        batch.release();
      },
    };
  }
}

/** Says how many images of a set are not among its features. */
function told({ warn }: Composition, what: 'bank' | 'query', images: ImageSet, features: FeatureSet): FeatureSet {
  const [all, read] = [images.indices.length, features.labels.length];
  if (read < all) {
    warn(
      what === 'query' ? 'W_QUERIES_UNREADABLE' : 'W_BANK_UNREADABLE',
      `${String(all - read)} of ${String(all)} ${what} images cannot be read and are left out of the score`,
    );
  }
  return features;
}

/** What evaluations of a run may ask for; feature sets are made anew at each call and belong to the caller. */
export function evaluationContext(
  composition: Composition,
  encoder: Encoder,
  bank: ImageSet,
  queries: ImageSet,
): EvaluationContext {
  const classes = requireClasses(bank, 'training');
  return {
    key: composition.key,
    bank: async () => told(composition, 'bank', bank, await featuresOf(composition, encoder, bank, classes)),
    queries: async () => told(composition, 'query', queries, await featuresOf(composition, encoder, queries, classes)),
    warn: composition.warn,
  };
}

/** A pass over the training images in evaluation mode, for methods that cluster between epochs. */
export function dataPass(composition: Composition, images: ImageSet): DataPass {
  return async (visit) => {
    const loader = await composition.plainLoader(images);
    try {
      for await (const batch of evaluationBatches(loader, composition.recipe.data.normalize)) {
        const h_BD = tf.tidy(() => composition.method.representation.apply(batch.pixels, evaluationForward()));
        visit(h_BD, batch.sampleIds);
        tf.dispose([h_BD, batch.pixels]);
        batch.release();
      }
    } finally {
      await loader.dispose();
    }
  };
}
