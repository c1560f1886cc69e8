import type { Doubt } from '@tessera/core';
import type { DataFacts } from '../check/run-facts.ts';
import { openEvaluationImages } from '../evaluation-images.ts';
import { openTrainingImages, type ImageSet } from '../images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import type { ScoredImages } from './features.ts';
import { requireFullBatch } from './require-full-batch.ts';
import { dataDoubts } from './tell-warnings.ts';
import { openViewImages } from './view-features.ts';

/** What a run reads: what it trains on, and what its evaluations look at. */
export interface RunImages {
  readonly images: ImageSet;
  readonly evaluated: ScoredImages;
}

/** @throws TesseraError where the images are not what the recipe needs */
export async function openImages(prepared: PreparedRecipe): Promise<RunImages> {
  const { recipe, registry } = prepared;
  const images = await openTrainingImages(prepared);
  requireFullBatch(recipe, images);
  const needsLabels = recipe.evaluation.map(({ name }) => registry.get('evaluation', name).needsLabels !== false);
  // Or the last evaluation would find out, after hours.
  const labelled = needsLabels.includes(true) ? await openEvaluationImages(prepared, images) : undefined;
  const views = needsLabels.includes(false) ? await openViewImages(prepared, images) : { images, heldOut: false };
  return { images, evaluated: { labelled, views } };
}

/** What is doubtful about the images, and about what scores on them mean. */
export function imageDoubts({ images, evaluated }: RunImages): readonly Doubt[] {
  const { labelled, views } = evaluated;
  return [...dataDoubts([images, views.images, ...(labelled ? [labelled.test] : [])]), ...(labelled?.warnings ?? [])];
}

/** How many images there are, for checks. */
export function dataFacts({ recipe }: PreparedRecipe, { images, evaluated }: RunImages): DataFacts {
  const classes = images.dataset.classes?.length;
  return {
    images: images.indices.length,
    ...(recipe.evaluation.length > 0 && { testImages: evaluated.labelled?.test.indices.length ?? 0 }),
    ...(classes !== undefined && { classes }),
  };
}
