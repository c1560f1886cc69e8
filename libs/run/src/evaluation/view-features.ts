import type { Encoder, ViewFeatures, ViewRequest } from '@tessera/core';
import { subset, type Loader } from '@tessera/data';
import { evaluationForward } from '@tessera/engine';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Composition } from '../compose.ts';
import { openHeldOutImages, type ImageSet } from '../images/images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { uploadGroups, type Normalization } from '../training/upload.ts';
import { extractViewFeatures, type ViewBatch } from './extract-view-features.ts';
import { FIRST_EPOCH } from './features.ts';

/** The images whose views an evaluation compares. */
export interface ViewImages {
  readonly images: ImageSet;
  /** False: the run trains on them. */
  readonly heldOut: boolean;
}

/** The images whose views a run's evaluations compare: the held-out ones, or, where there are none, those that it trains on. */
export async function openViewImages(prepared: PreparedRecipe, training: ImageSet): Promise<ViewImages> {
  const held = await openHeldOutImages(prepared, training);
  return held ? { images: held, heldOut: true } : { images: training, heldOut: false };
}

/** Images per forward pass, which come in several views. */
const BATCH = 64;

/** Features of an image's first two views, draw after draw. An augmenter that makes one view an image is asked twice a draw. */
export async function* viewFeatures(
  composition: Composition,
  encoder: Encoder,
  { images, heldOut }: ViewImages,
  { images: limit, draws }: ViewRequest,
): AsyncGenerator<ViewFeatures> {
  const { augmenter, recipe } = composition;
  const chosen = subset(images.indices.length, { limit }).map((at) => images.indices[at] ?? 0);
  const [first] = augmenter.views;
  const single = augmenter.views.length === 1 && first?.count === 1;
  const loader = await composition.load({
    images: { ...images, indices: chosen },
    augmenter: recipe.augmenter,
    batchSize: Math.min(recipe.trainer.batchSize, BATCH),
    training: false,
  });
  const featuresOf = (epoch: number): Promise<Tensor2D[]> =>
    extractViewFeatures(encoder, viewBatches(loader, FIRST_EPOCH + epoch, recipe.data.normalize), {
      forward: evaluationForward(),
      size: chosen.length,
      views: single ? 1 : 2,
    });
  try {
    for (let draw = 0; draw < draws; draw++) {
      const views = single
        ? [...(await featuresOf(2 * draw)), ...(await featuresOf(2 * draw + 1))]
        : await featuresOf(draw);
      const [first_ND = empty(encoder), second_ND = empty(encoder)] = views;
      yield { first_ND, second_ND, heldOut };
    }
  } finally {
    await loader.dispose();
  }
}

/** Where no image could be read. */
function empty({ featureDim }: Encoder): Tensor2D {
  return tf.zeros<tf.Rank.R2>([0, featureDim]);
}

async function* viewBatches(loader: Loader, epoch: number, normalize: Normalization | null): AsyncGenerator<ViewBatch> {
  for await (const batch of loader.epoch(epoch)) {
    yield {
      groups: uploadGroups(batch.groups, normalize),
      images: batch.sampleIds.length,
      release: () => {
        batch.release();
      },
    };
  }
}
