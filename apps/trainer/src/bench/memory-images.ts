import { defineDataset, TesseraError, type Dataset, type DatasetExtension, type Picture } from '@tessera/core';
import { z } from 'zod';
import type { ImageSet, PreparedRecipe } from '@tessera/run/parts';

/** Encoded images that were read before: what a peer that holds its files in memory starts from. */
export interface MemoryImages {
  readonly dataset: Dataset;
  readonly extension: DatasetExtension;
  readonly pictures: readonly Picture[];
}

/** Reads all images of a set, one after the other. */
export async function readIntoMemory({ registry }: PreparedRecipe, images: ImageSet): Promise<MemoryImages> {
  const reader = registry.get('dataset', images.reader.name);
  const pictures: Picture[] = [];
  for (const index of images.indices) pictures.push(await reader.read(images.dataset.locate(index)));
  const dataset: Dataset = {
    size: pictures.length,
    label: () => undefined,
    locate: (index) => index,
    describe: (index) => images.dataset.describe(images.indices[index] ?? 0),
  };
  const extension = defineDataset({
    name: 'memory',
    summary: 'images in memory',
    options: z.strictObject({}),
    open: () => Promise.resolve(dataset),
    read: (locator) => {
      const picture = typeof locator === 'number' ? pictures[locator] : undefined;
      if (picture) return Promise.resolve(picture);
      throw new TesseraError({
        code: 'E_DATA_LOCATOR',
        message: `no image ${JSON.stringify(locator)}`,
        kind: 'failure',
      });
    },
  });
  return { dataset, extension, pictures };
}
