import { definePlugin } from '@tessera/core';
import { templateNameEncoder } from './template-name.ts';

export { templateNameEncoder };

/** What `plugins: [tessera-plugin-template-name]` adds to a recipe: the encoder `template-name`. Importing this has no other effect. */
export default definePlugin({ name: 'tessera-plugin-template-name', contract: 2, extensions: [templateNameEncoder] });
