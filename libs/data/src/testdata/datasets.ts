/** Data sets as a recipe would open them. */
import { rootKey, type Dataset, type DatasetExtension, type JsonObject, type RgbImage } from '@tessera/core';
import { decode } from '../decode/decode.ts';

export function openDataset(extension: DatasetExtension, root: string, options: JsonObject = {}): Promise<Dataset> {
  return extension.build(options, { root, key: rootKey(0) });
}

/** Reads an image as a worker does: from a copy of its locator. Pixels, decoded where they have to be. */
export async function readImage(extension: DatasetExtension, dataset: Dataset, index: number): Promise<RgbImage> {
  const picture = await extension.read(JSON.parse(JSON.stringify(dataset.locate(index))) as JsonObject);
  return picture.kind === 'pixels' ? picture.image : decode(picture.bytes);
}

export function labelsOf(dataset: Dataset): (number | undefined)[] {
  return Array.from({ length: dataset.size }, (_, i) => dataset.label(i));
}

export function namesOf(dataset: Dataset): (string | undefined)[] {
  return Array.from({ length: dataset.size }, (_, i) => dataset.name?.(i));
}
