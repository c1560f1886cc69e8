import { doubts, type Doubt, type RunFacts } from '@tessera/core';
import type { ResNetOptions } from './options.ts';

/** Views up to this size, pixels, are small images, for which the stem of small images is. */
const SMALL = 64;

/** What is doubtful about a ResNet's options in such a run. */
export function resnetDoubts({ norm, stem }: ResNetOptions, { batchSize, views }: RunFacts): readonly Doubt[] {
  const size = Math.max(...views.map((view) => view.size));
  const last = String(Math.ceil(size / 32));
  return doubts(
    norm === 'batch' &&
      batchSize < 32 && {
        code: 'W_SMALL_BATCH_NORM',
        message: `batch norm over ${String(batchSize)} images: its statistics tell positives apart from negatives; try norm: layer, or more images`,
      },
    stem === 'imagenet' &&
      size <= SMALL && {
        code: 'W_STEM',
        message: `the ImageNet stem leaves ${last} x ${last} pixels of ${String(size)} at the last stage; take stem: cifar`,
      },
    stem === 'cifar' &&
      size > 2 * SMALL && {
        code: 'W_STEM',
        message: `the CIFAR stem keeps ${String(size)} pixels at full resolution: about 16 times the work of stem: imagenet`,
      },
  );
}
