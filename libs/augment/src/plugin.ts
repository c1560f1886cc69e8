import { definePlugin } from '@tessera/core';
import { pipelineAugmenter } from './augmenters/pipeline.ts';
import { plainAugmenter } from './augmenters/plain.ts';
import { simclrAugmenter } from './augmenters/simclr.ts';
import { swavAugmenter } from './augmenters/swav.ts';

export const augmentPlugin = definePlugin({
  name: '@tessera/augment',
  contract: 2,
  extensions: [simclrAugmenter, swavAugmenter, pipelineAugmenter, plainAugmenter],
});
