import { requireDeviceHalf, type Doubt } from '@tessera/core';
import type { DataFacts } from '../check/run-facts.ts';
import { requireNeeds } from '../check/needs.ts';
import type { ScoredImages } from '../evaluation/labelled-images.ts';
import { openViewImages } from '../evaluation/view-features.ts';
import { openEvaluationImages } from './evaluation-images.ts';
import { openTrainingImages, type ImageSet } from './images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { requireFullBatch } from './require-full-batch.ts';
import { requireLabels } from './require-labels.ts';
import { dataDoubts } from '../training/tell-warnings.ts';
import { subsetOf } from './image-subsets.ts';

/** What a run reads: what it trains on, and what its evaluations look at. */
export interface RunImages {
  readonly images: ImageSet;
  readonly evaluated: ScoredImages;
}

/** Opens a run's images and holds them against what the recipe needs, before an engine starts. @throws TesseraError where they do not fit */
export async function openImages(prepared: PreparedRecipe): Promise<RunImages> {
  const { recipe, registry } = prepared;
  requireNeeds(prepared);
  const images = await openTrainingImages(prepared);
  requireFullBatch(recipe, images);
  const needsLabels = recipe.evaluation.map(({ name }) => registry.get('evaluation', name).needsLabels !== false);
  // Or the last evaluation would find out, after hours.
  const labelled = needsLabels.includes(true) ? await openEvaluationImages(prepared, images) : undefined;
  const views = needsLabels.includes(false) ? await openViewImages(prepared, images) : { images, heldOut: false };
  requireLabels(prepared, images);
  requireDeviceAugmenter(prepared);
  return { images, evaluated: { labelled, views } };
}

/** Where the recipe wants the device. @throws TesseraError `E_AUGMENTER_HOST_ONLY` */
function requireDeviceAugmenter({ recipe: { augmenter, data }, registry }: PreparedRecipe): void {
  if (data.augmentOn !== 'device') return;
  requireDeviceHalf(augmenter.name, registry.get('augmenter', augmenter.name).build(augmenter.options, {}));
}

/** What is doubtful about the images, and about what scores on them mean. */
export function imageDoubts({ images, evaluated }: RunImages): readonly Doubt[] {
  const { labelled, views } = evaluated;
  return [...dataDoubts([images, views.images, ...(labelled ? [labelled.test] : [])]), ...(labelled?.warnings ?? [])];
}

/** How many images there are, for checks. */
export function dataFacts({ recipe }: PreparedRecipe, { images, evaluated }: RunImages): DataFacts {
  const classes = images.dataset.classes?.length;
  const count = images.indices.length;
  return {
    images: count,
    ...(count < images.dataset.size && { subset: subsetOf(images, recipe.data).text }),
    ...(recipe.evaluation.length > 0 && { testImages: evaluated.labelled?.test.indices.length ?? 0 }),
    ...(classes !== undefined && { classes }),
  };
}
