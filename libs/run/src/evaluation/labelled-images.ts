import { TesseraError, type Encoder, type LabelledSplit } from '@tessera/core';
import { requireClasses, type EvaluationImages } from '../images/evaluation-images.ts';
import type { ImageSet } from '../images/images.ts';
import type { ViewImages } from './view-features.ts';

/** What evaluations of a run look at. */
export interface ScoredImages {
  /** Undefined where no evaluation asks for labels, or the source has no test images. */
  readonly labelled: EvaluationImages | undefined;
  readonly views: ViewImages;
}

/** An encoder, and the images that it is measured on. */
export interface Measured {
  readonly encoder: Encoder;
  readonly images: ScoredImages;
}

/** The labelled images of a split, and the number of classes. @throws TesseraError `E_NO_TEST_IMAGES`, `E_DATA_UNLABELLED` */
export function labelledImages(
  { labelled }: ScoredImages,
  split: LabelledSplit,
): { readonly images: ImageSet; readonly classes: number } {
  if (!labelled) {
    throw new TesseraError({
      code: 'E_NO_TEST_IMAGES',
      message: 'the evaluation asks for labelled images, and the run has no test images with labels',
      next: 'An evaluation that can do without asks for `views` only and says `needsLabels: false`; tessera eval retrieval RUN is one.',
    });
  }
  const classes = requireClasses(labelled.bank, 'training');
  return { images: split === 'train' ? labelled.bank : labelled.test, classes };
}
