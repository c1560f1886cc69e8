import { TesseraError, type DataPass, type Encoder, type EvaluationContext, type FeatureSet } from '@tessera/core';
import type { Loader } from '@tessera/data';
import { evaluationForward } from '@tessera/engine';
import { extractFeatures, type EvaluationBatch } from '@tessera/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Composition } from '../compose.ts';
import { placesIn } from '../data-facts.ts';
import { requireClasses, type EvaluationImages } from '../evaluation-images.ts';
import type { ImageSet } from '../images.ts';
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

/** What evaluations of a run look at. */
export interface ScoredImages {
  /** Undefined where no evaluation asks for labels, or the source has no test images. */
  readonly labelled: EvaluationImages | undefined;
  readonly views: ViewImages;
}

/** What evaluations of a run may ask for; features are made anew at each call and belong to the caller. */
export function evaluationContext(
  composition: Composition,
  encoder: Encoder,
  { labelled, views }: ScoredImages,
): EvaluationContext {
  const of = async (which: 'bank' | 'test'): Promise<FeatureSet> => {
    if (!labelled) throw noLabelledImages();
    const classes = requireClasses(labelled.bank, 'training');
    const images = labelled[which];
    return told(
      composition,
      which === 'bank' ? 'bank' : 'query',
      images,
      await featuresOf(composition, encoder, images, classes),
    );
  };
  return {
    key: composition.key,
    bank: () => of('bank'),
    queries: () => of('test'),
    views: (request) => viewFeatures(composition, encoder, views, request),
    warn: composition.warn,
  };
}

function noLabelledImages(): TesseraError {
  return new TesseraError({
    code: 'E_NO_TEST_IMAGES',
    message: 'the evaluation asks for labelled images, and the run has no test images with labels',
    next: 'An evaluation that can do without asks for `views` only and says `needsLabels: false`; tessera eval retrieval RUN is one.',
  });
}

/** A pass over the training images in evaluation mode, for methods that cluster between epochs. */
export function dataPass(composition: Composition, images: ImageSet): DataPass {
  const placesOf = placesIn(images);
  return async (visit) => {
    const loader = await composition.plainLoader(images);
    try {
      for await (const batch of evaluationBatches(loader, composition.recipe.data.normalize)) {
        const h_BD = tf.tidy(() => composition.method.representation.apply(batch.pixels, evaluationForward()));
        visit(h_BD, placesOf(batch.sampleIds));
        tf.dispose([h_BD, batch.pixels]);
        batch.release();
      }
    } finally {
      await loader.dispose();
    }
  };
}
