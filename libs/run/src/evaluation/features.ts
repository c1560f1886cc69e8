import type { Encoder, FeatureSet, PartChoice } from '@tessera/core';
import { evaluationForward } from '@tessera/engine';
import type { Composition } from '../compose.ts';
import type { ImageSet } from '../images/images.ts';
import { uploadPixels } from '../training/upload.ts';
import { extractFeatures, type EvaluationBatch } from './extract-features.ts';

/** Images per forward pass of an evaluation. */
export const EVALUATION_BATCH = 256;
/** Epochs of an evaluation's draws begin here: no run comes so far, so they are none of training's. */
export const FIRST_EPOCH = 2 ** 31;

/** The whole image, at the size of the run's largest views. */
export function plainAugmenter({ augmenter }: Composition): PartChoice {
  return { name: 'plain', options: { size: Math.max(...augmenter.views.map(({ size }) => size)) } };
}

interface IdentifiedBatch extends EvaluationBatch {
  readonly sampleIds: Int32Array;
}

/** Every readable image once, in order, by the first view of an augmenter. The pixels are the caller's. */
export async function* evaluationBatches(
  composition: Composition,
  images: ImageSet,
  augmenter: PartChoice = plainAugmenter(composition),
): AsyncGenerator<IdentifiedBatch> {
  const loader = await composition.load({ images, augmenter, batchSize: EVALUATION_BATCH, training: false });
  try {
    for await (const batch of loader.epoch(0)) {
      const { groups, labels, sampleIds } = batch;
      const [group] = groups;
      if (!group) return;
      const first = { ...group, spec: { ...group.spec, count: 1 }, pixels: firstView(group.pixels, group.spec.count) };
      yield {
        pixels: uploadPixels(first, composition.recipe.data.normalize),
        labels: labels?.slice() ?? new Int32Array(sampleIds.length).fill(-1),
        sampleIds,
        release: () => {
          batch.release();
        },
      };
    }
  } finally {
    await loader.dispose();
  }
}

/** Groups are crop-major, so the first view of all images comes first. */
function firstView<T extends Uint8Array | Float32Array>(pixels: T, count: number): T {
  return pixels.subarray(0, pixels.length / count) as T;
}

/** Runs an encoder over all images of a set in float32. The caller owns the features. */
export async function featuresOf(
  composition: Composition,
  encoder: Encoder,
  {
    images,
    classes,
    augmenter,
  }: { readonly images: ImageSet; readonly classes: number; readonly augmenter?: PartChoice },
): Promise<FeatureSet> {
  return extractFeatures(encoder, evaluationBatches(composition, images, augmenter), {
    forward: evaluationForward(),
    size: images.indices.length,
    classes,
  });
}
