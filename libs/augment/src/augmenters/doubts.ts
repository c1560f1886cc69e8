import { doubts, type Doubt, type RunFacts } from '@tessera/core';
import type { z } from 'zod';
import type { colourOptions } from './options.ts';

type Doubtful = 'strength' | 'jitterProbability' | 'blur' | 'blurProbability' | 'blurSigma';
type Options = { readonly [K in Doubtful]: z.output<(typeof colourOptions)[K]> };

/** Views up to this size, pixels, are small images. */
const SMALL = 64;

/** What is doubtful about the colours and the blur of views of such a size. */
export function colourDoubts(
  { strength, jitterProbability, blur, blurProbability, blurSigma: [, sigma] }: Options,
  { views }: Pick<RunFacts, 'views'>,
): readonly Doubt[] {
  const size = Math.max(...views.map((view) => view.size));
  const blurs = blur !== 'none' && blurProbability > 0;
  return doubts(
    blurs &&
      sigma > Math.max(4, size / 20) && {
        code: 'W_BLUR_SIGMA',
        message: `blurSigma goes up to ${String(sigma)} pixels of ${String(size)}: it is the standard deviation, 0.1 to 2 in both papers, not the size of the kernel`,
      },
    strength === 1 &&
      jitterProbability > 0 &&
      size <= SMALL && {
        code: 'W_SMALL_IMAGE_COLOUR',
        message: `colour strength 1 at ${String(size)} pixels; CIFAR settings take 0.5`,
      },
    blurs &&
      size <= SMALL && {
        code: 'W_SMALL_IMAGE_BLUR',
        message: `blur at ${String(size)} pixels; CIFAR settings have none`,
      },
  );
}
