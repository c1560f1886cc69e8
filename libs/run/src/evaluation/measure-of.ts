import { isTesseraError } from '@tessera/core';
import {
  openBankImages,
  openHeldOutImages,
  openTestImages,
  openTrainingImages,
  type ImageSet,
} from '../images/images.ts';
import type { PreparedRecipe } from '../prepare.ts';

/**
 * The evaluation that a run's images allow: kNN where training images have labels of several classes and test images have labels, else the retrieval of views, which wants two
 * images.
 */
export async function measureOf(prepared: PreparedRecipe): Promise<'knn' | 'retrieval' | undefined> {
  const training = await openTrainingImages(prepared);
  if (await hasLabels(prepared, training)) return 'knn';
  const views = (await openHeldOutImages(prepared, training)) ?? training;
  return views.indices.length >= 2 ? 'retrieval' : undefined;
}

/** Whether labels of so many classes are among the images: over one class, every encoder has the same score. */
function hasClasses({ dataset, indices }: ImageSet, least: number): boolean {
  if (!dataset.classes) return false;
  const found = new Set<number>();
  for (const index of indices) {
    const label = dataset.label(index);
    if (label !== undefined && found.add(label).size >= least) return true;
  }
  return false;
}

async function hasLabels(prepared: PreparedRecipe, training: ImageSet): Promise<boolean> {
  try {
    const bank = await openBankImages(prepared, training);
    if (!hasClasses(bank, 2)) return false;
    const queries = await openTestImages(prepared, training);
    return queries !== undefined && hasClasses(queries, 1);
  } catch (error) {
    if (isTesseraError(error)) return false; // a test set that kNN would refuse, too
    throw error;
  }
}
