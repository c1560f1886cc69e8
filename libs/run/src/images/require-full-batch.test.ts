import type { TesseraError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { trainingSubset } from './image-subsets.ts';
import type { ImageSet } from './images.ts';
import { prepared } from '../testing/tiny.ts';
import { requireFullBatch } from './require-full-batch.ts';

/** The error for so many images without labels, by the recipe's keys. */
async function refused(
  size: number,
  batchSize: number,
  data: object = {},
  epochs = 1000,
): Promise<TesseraError | undefined> {
  const { recipe } = await prepared({ method: { name: 'simclr' }, data, trainer: { batchSize, epochs } });
  const dataset = { size, label: () => undefined, locate: () => null, describe: String };
  const indices = await trainingSubset(dataset, recipe.data);
  const images: ImageSet = { dataset, indices, reader: { name: 'folder', modules: [] }, shown: 'photos' };
  try {
    requireFullBatch(recipe, images);
    return undefined;
  } catch (error) {
    return error as TesseraError;
  }
}

describe('requireFullBatch', () => {
  it('says how many of how many images there are, why, and how to use all', async () => {
    const error = await refused(108, 256, { every: 5 });
    expect(error).toMatchObject({ code: 'E_BATCH_TOO_LARGE' });
    expect(error?.message).toBe(
      "the batch of 256 images is larger than the training images of 'photos': 22 of 108 images (data.every=5)",
    );
    expect(error?.next).toContain('Use all and lower it: --set data.every=1 --set trainer.batchSize=32.');
    expect(error?.next).toContain('recipes/simclr-photos-small.yaml');
  });

  it('leaves the batch where all images fill it', async () => {
    expect((await refused(1000, 256, { every: 5 }))?.next).toMatch(/^Use all: --set data\.every=1\. /);
    expect((await refused(9000, 256, { limit: 100 }))?.next).toBe('Use all: --set data.limit=null.');
  });

  it('names every key that left images out, and keeps what is held out held out', async () => {
    const error = await refused(1000, 256, { testFraction: 0.2, fraction: 0.5, every: 3, limit: 50 });
    expect(error?.message).toContain(
      '50 of 1000 images (data.testFraction=0.2, data.fraction=0.5, data.every=3, data.limit=50)',
    );
    expect(error?.next).toContain('--set data.fraction=null --set data.every=1 --set data.limit=null.');
    expect(error?.next).not.toMatch(/testFraction|batchSize/);
  });

  it.each([[2], [3], [4], [7], [40], [108], [255]])(
    'of %i images: the batch that it names has two images or more, and fits in an epoch',
    async (count) => {
      const batch = Number(/trainer\.batchSize=(\d+)/.exec((await refused(count, 256))?.next ?? '')?.[1]);
      expect(batch).toBeGreaterThanOrEqual(2);
      expect(Math.floor(count / batch)).toBeGreaterThanOrEqual(count >= 4 ? 2 : 1);
      expect(await refused(count, batch)).toBeUndefined();
    },
  );

  it('lengthens a run that would learn nothing of so few images, and names no recipe for fewer than it is for', async () => {
    expect((await refused(108, 256, { every: 5 }, 10))?.next).toMatch(
      /--set data\.every=1 --set trainer\.batchSize=32 --set trainer\.epochs=167\. .*simclr-photos-small\.yaml/,
    );
    expect((await refused(22, 256, { every: 5 }, 10))?.next).toBe(
      'Use all and lower it: --set data.every=1 --set trainer.batchSize=8 --set trainer.epochs=250.',
    );
    expect((await refused(6000, 8000, {}, 1))?.next).toBe(
      'Lower it: --set trainer.batchSize=2048 --set trainer.epochs=250.',
    );
  });

  it('of one image asks for more, and never for a batch of one', async () => {
    expect((await refused(1, 256))?.next).toBe(
      'An image is learnt by telling it from others: give a folder with more images.',
    );
    expect((await refused(4, 256, { every: 5 }))?.next).toContain('--set data.every=1 --set trainer.batchSize=2.');
  });
});
