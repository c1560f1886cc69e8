import { TesseraError } from '@tessera/core';
import { subsetOf, type Subset } from './image-subsets.ts';
import type { ImageSet } from './images.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { shippedRecipe } from '../recipe/shipped.ts';
import { enoughSteps } from '../training/few-steps.ts';

/** What the recipe for few photographs is for, in images. */
const PHOTOS = { recipe: 'simclr-photos-small.yaml', least: 50, most: 5000 };

/**
 * A run needs one full batch. The advice uses all images there are, a batch of two images or more, which goes twice into them where they
 * are four, and epochs enough to learn something.
 * @throws TesseraError `E_BATCH_TOO_LARGE`
 */
export function requireFullBatch({ trainer, data }: ResolvedRecipe, images: ImageSet): void {
  const count = images.indices.length;
  if (trainer.batchSize <= count) return;
  const subset = subsetOf(images, data);
  throw new TesseraError({
    code: 'E_BATCH_TOO_LARGE',
    message: `the batch of ${String(trainer.batchSize)} images is larger than the training images of '${images.shown}': ${subset.text}`,
    next: advice(trainer, subset),
  });
}

function advice(trainer: ResolvedRecipe['trainer'], { of, most, all }: Subset): string {
  if (most < 2) return 'An image is learnt by telling it from others: give a folder with more images.';
  const fits = trainer.batchSize <= most;
  const batchSize = fits ? trainer.batchSize : smallBatch(most);
  const set = [
    ...all,
    ...(fits ? [] : [`trainer.batchSize=${String(batchSize)}`]),
    ...enoughSteps(trainer, Math.floor(most / batchSize)),
  ];
  const goals = [...(all.length > 0 ? ['use all'] : []), ...(fits ? [] : ['lower it'])].join(' and ');
  const photos = of >= PHOTOS.least && of <= PHOTOS.most ? shippedRecipe(PHOTOS.recipe) : undefined;
  return (
    `${goals.charAt(0).toUpperCase()}${goals.slice(1)}: ${set.map((change) => `--set ${change}`).join(' ')}.` +
    (photos === undefined
      ? ''
      : ` For ${PHOTOS.least} to ${PHOTOS.most.toLocaleString('en')} photographs there is ${photos}.`)
  );
}

/** The largest power of two that goes twice into so many images; 2 at least. */
function smallBatch(images: number): number {
  return Math.max(2, 2 ** Math.floor(Math.log2(images / 2)));
}
