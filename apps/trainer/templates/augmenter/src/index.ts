import { definePlugin } from '@tessera/core';
import { templateNameAugmenter } from './template-name.ts';

export { templateNameAugmenter };

/** What `plugins: [tessera-plugin-template-name]` adds to a recipe: the augmenter `template-name`. Importing this has no other effect. */
export default definePlugin({ name: 'tessera-plugin-template-name', contract: 2, extensions: [templateNameAugmenter] });
