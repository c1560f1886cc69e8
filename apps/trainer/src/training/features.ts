import { join } from 'node:path';
import { TesseraError, type DataPass, type Encoder, type EvaluationContext, type FeatureSet } from '@tessera/core';
import type { Loader } from '@tessera/data';
import { evaluationForward } from '@tessera/engine';
import { extractFeatures, type EvaluationBatch } from '@tessera/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Composition } from '../compose.ts';
import type { ImageSet } from '../images.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { uploadPixels, type Normalization } from './upload.ts';
import { viewFeatures, type ViewImages } from './view-features.ts';

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

/** What evaluations of a run look at. */
export interface EvaluationImages {
  /** The training images that have a label; where the data set has no classes, all. */
  readonly bank: ImageSet;
  /** The test images that have a label. */
  readonly queries: ImageSet | undefined;
  readonly views: ViewImages;
}

/** What evaluations of a run may ask for; features are made anew at each call and belong to the caller. */
export function evaluationContext(
  composition: Composition,
  encoder: Encoder,
  { bank, queries, views }: EvaluationImages,
): EvaluationContext {
  const labelled = (images: ImageSet): Promise<FeatureSet> =>
    featuresOf(composition, encoder, images, requireClasses(bank));
  return {
    key: composition.key,
    bank: async () => labelled(bank),
    queries: async () => labelled(queries ?? noTestImages(composition.recipe.data)),
    views: (request) => viewFeatures(composition, encoder, views, request),
  };
}

/** @throws TesseraError `E_NO_TEST_IMAGES` */
export function noTestImages({ source, path }: ResolvedRecipe['data']): never {
  throw new TesseraError({
    code: 'E_NO_TEST_IMAGES',
    message:
      source === 'folder'
        ? `there is no folder '${join(path, 'test')}' with the query images`
        : `the data set '${source}' in '${path}' has no test images for queries`,
    next: 'Give a folder that has train/ and test/ with --data DIR, train with data.testFraction, which holds some out, or take `tessera eval retrieval RUN`, which can do without.',
  });
}

/** @returns the number of classes. @throws TesseraError `E_DATA_UNLABELLED` */
export function requireClasses({ dataset, shown }: ImageSet): number {
  const classes = dataset.classes?.length ?? 0;
  if (classes > 0) return classes;
  throw new TesseraError({
    code: 'E_DATA_UNLABELLED',
    message: `the images in '${shown}' have no classes, which an evaluation needs`,
    next: 'Put them into one folder a class, evaluate on a data set that has classes, or take the evaluation `retrieval`, which needs none: tessera eval retrieval RUN, or --set "evaluation=[{ name: retrieval }]" while training.',
  });
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
