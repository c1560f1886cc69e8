import { doubts, type Doubt, type RunFacts } from '@tessera/core';
import type { VitOptions } from './options.ts';

/** What is doubtful about a ViT's options in such a run. */
export function vitDoubts({ image, patch }: VitOptions, { views }: RunFacts): readonly Doubt[] {
  const sizes = views.map((view) => view.size);
  const misfit = sizes.find((size) => size % patch !== 0);
  const listed = sizes.map(String).join(' and ');
  return doubts(
    misfit !== undefined && {
      code: 'W_PATCH_SIZE',
      message: `patches of ${String(patch)} pixels do not divide views of ${String(misfit)}: the first step will refuse them; change encoder.options.patch or the views`,
    },
    !sizes.includes(image) && {
      code: 'W_POSITIONS',
      message: `position embeddings are for images of ${String(image)} pixels, views have ${listed}: every view interpolates them; set encoder.options.image to the size of the large views`,
    },
  );
}
