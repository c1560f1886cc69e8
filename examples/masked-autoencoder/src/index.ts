import { definePlugin } from '@tessera/core';
import { mae } from './mae.ts';

export { mae };
export { normalisedPatches, patchify, unpatchify } from './patches.ts';
export { reconstructionLoss } from './reconstruction-loss.ts';

/** What `plugins: [tessera-plugin-masked-autoencoder]` adds to a recipe: the method `mae`. Importing this has no other effect. */
export default definePlugin({ name: 'tessera-plugin-masked-autoencoder', contract: 2, extensions: [mae] });
