import { TesseraError } from '@tessera/core';
import { subsetOf } from '../image-subsets.ts';
import type { ImageSet } from '../images.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { shippedRecipe } from '../recipe/shipped.ts';

/** Up to as many images a small batch and the recipe for few photographs make sense. */
const FEW = 5000;

/**
 * A run needs one full batch. The advice uses all images there are, and a batch of two images or more, in steps of two or more an epoch
 * where the images allow it.
 * @throws TesseraError `E_BATCH_TOO_LARGE`
 */
export function requireFullBatch({ trainer, data }: ResolvedRecipe, images: ImageSet): void {
  const { batchSize } = trainer;
  const count = images.indices.length;
  if (batchSize <= count) return;
  const { text, all, most } = subsetOf(images, data);
  throw new TesseraError({
    code: 'E_BATCH_TOO_LARGE',
    message: `the batch of ${String(batchSize)} images is larger than the training images of '${images.shown}': ${text}`,
    next: advice(batchSize, most, all),
  });
}

function advice(batchSize: number, most: number, all: readonly string[]): string {
  if (most < 2) return 'An image is learnt by telling it from others: give a folder with more images.';
  const set = all.map((change) => `--set ${change}`);
  const batch = batchSize <= most ? [] : [`--set trainer.batchSize=${String(smallBatch(most))}`];
  const goal = [...(all.length > 0 ? ['use all'] : []), ...(batch.length > 0 ? ['lower it'] : [])].join(' and ');
  const photos = shippedRecipe('simclr-photos-small.yaml');
  const recipe = photos === undefined || most > FEW ? '' : ` For 50 to ${FEW.toLocaleString('en')} photographs there is ${photos}.`;
  return `${goal.charAt(0).toUpperCase()}${goal.slice(1)}: ${[...set, ...batch].join(' ')}.${recipe}`;
}

/** The largest power of two that goes twice into so many images; 2 at least. */
function smallBatch(images: number): number {
  return Math.max(2, 2 ** Math.floor(Math.log2(images / 2)));
}
