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
 * The evaluation that a run's images allow: kNN where training and test images have labels, else the retrieval of views, which wants two
 * images.
 */
export async function measureOf(prepared: PreparedRecipe): Promise<'knn' | 'retrieval' | undefined> {
  const training = await openTrainingImages(prepared);
  if (await hasLabels(prepared, training)) return 'knn';
  const views = (await openHeldOutImages(prepared, training)) ?? training;
  return views.indices.length >= 2 ? 'retrieval' : undefined;
}

async function hasLabels(prepared: PreparedRecipe, training: ImageSet): Promise<boolean> {
  try {
    const bank = await openBankImages(prepared, training);
    if (!bank.dataset.classes || bank.indices.length === 0) return false;
    const queries = await openTestImages(prepared, training);
    return queries?.dataset.classes !== undefined && queries.indices.length > 0;
  } catch (error) {
    if (isTesseraError(error)) return false; // a test set that kNN would refuse, too
    throw error;
  }
}
