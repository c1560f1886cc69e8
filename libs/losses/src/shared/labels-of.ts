import { TesseraError } from '@tessera/core';

/** The labels of a batch. @throws TesseraError `E_DATA_UNLABELLED` where the data set has none, or an image lacks its */
export function labelsOf(objective: string, labels: Int32Array | undefined): Int32Array {
  const missing = labels?.reduce((count, label) => count + (label < 0 ? 1 : 0), 0);
  if (labels && missing === 0) return labels;
  throw new TesseraError({
    code: 'E_DATA_UNLABELLED',
    message: labels
      ? `the objective ${objective} needs the class of every image; ${String(missing)} of the ${String(labels.length)} images of a batch have none`
      : `the objective ${objective} needs the classes of the images, and the data set has none`,
    next: 'Train on a data set with classes (one folder a class), or take an objective that needs none, such as nt-xent.',
  });
}
