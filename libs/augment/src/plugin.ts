import { definePlugin } from '@tessera/core';
import { plainAugmenter } from './augmenters/plain.ts';
import { simclrAugmenter } from './augmenters/simclr.ts';
import { swavAugmenter } from './augmenters/swav.ts';

export const augmentPlugin = definePlugin({
  name: '@tessera/augment',
  extensions: [simclrAugmenter, swavAugmenter, plainAugmenter],
});
