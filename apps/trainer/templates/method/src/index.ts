import { definePlugin } from '@tessera/core';
import { templateNameMethod } from './template-name.ts';

export { templateNameMethod };

/** What `plugins: [tessera-plugin-template-name]` adds to a recipe: the method `template-name`. Importing this has no other effect. */
export default definePlugin({ name: 'tessera-plugin-template-name', contract: 2, extensions: [templateNameMethod] });
