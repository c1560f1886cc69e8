import { definePlugin } from '@tessera/core';
import { templateNameOptimizer } from './template-name.ts';

export { templateNameOptimizer };

/** What `plugins: [tessera-plugin-template-name]` adds to a recipe: the optimizer `template-name`. Importing this has no other effect. */
export default definePlugin({ name: 'tessera-plugin-template-name', contract: 2, extensions: [templateNameOptimizer] });
