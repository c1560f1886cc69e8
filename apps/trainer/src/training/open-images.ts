import { TesseraError, type Doubt } from '@tessera/core';
import { leastImages } from '../check/needs.ts';
import type { DataFacts } from '../check/run-facts.ts';
import { openEvaluationImages, type EvaluationImages } from '../evaluation-images.ts';
import { openTrainingImages, type ImageSet } from '../images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { dataDoubts } from './tell-warnings.ts';

/** What a run reads: what it trains on, and what its evaluations score and compare with. */
export interface RunImages {
  readonly images: ImageSet;
  /** Undefined where nothing is evaluated, or the source has no test images. */
  readonly evaluated: EvaluationImages | undefined;
}

/** @throws TesseraError where the images are not what the recipe needs */
export async function openImages(prepared: PreparedRecipe): Promise<RunImages> {
  const { trainer, evaluation } = prepared.recipe;
  const images = await openTrainingImages(prepared);
  requireFullBatch(trainer.batchSize, images, leastImages(prepared));
  // Or the last evaluation would find out, after hours.
  const evaluated = evaluation.length > 0 ? await openEvaluationImages(prepared, images) : undefined;
  return { images, evaluated };
}

/** What is doubtful about the images, and about what scores on them mean. */
export function imageDoubts({ images, evaluated }: RunImages): readonly Doubt[] {
  return [...dataDoubts(evaluated ? [images, evaluated.test] : [images]), ...(evaluated?.warnings ?? [])];
}

/** @param least images that the objective needs in a step: a smaller batch is no way out */
function requireFullBatch(batchSize: number, { indices, shown }: ImageSet, least: number): void {
  if (batchSize <= indices.length) return;
  const fits = 2 ** Math.floor(Math.log2(indices.length));
  const lower = fits >= Math.max(2, least) ? `Lower it: --set trainer.batchSize=${fits}, or use` : 'Use';
  throw new TesseraError({
    code: 'E_BATCH_TOO_LARGE',
    message: `the batch of ${batchSize} images is larger than the ${indices.length} training images of '${shown}'`,
    next: `${lower} more images (data.every, data.limit).`,
  });
}

/** How many images there are, for checks. */
export function dataFacts({ recipe }: PreparedRecipe, { images, evaluated }: RunImages): DataFacts {
  const classes = images.dataset.classes?.length;
  return {
    images: images.indices.length,
    ...(recipe.evaluation.length > 0 && { testImages: evaluated?.test.indices.length ?? 0 }),
    ...(classes !== undefined && { classes }),
  };
}
