import { definePlugin } from '@tessera/core';
import { templateNameObjective } from './template-name.ts';

export { templateNameObjective };

/** What `plugins: [tessera-plugin-template-name]` adds to a recipe: the objective `template-name`. Importing this has no other effect. */
export default definePlugin({ name: 'tessera-plugin-template-name', contract: 2, extensions: [templateNameObjective] });
