import { definePlugin } from '@tessera/core';
import { vicreg } from './vicreg-method.ts';
import { vicregObjective } from './vicreg-objective.ts';

export { covariancePenalty, invariance, varianceShortfall } from './vicreg-loss.ts';
export { vicreg, vicregObjective };

/** What `plugins: [tessera-plugin-vicreg]` adds: method `vicreg` and objective `vicreg`. Importing this has no other effect. */
export default definePlugin({ name: 'tessera-plugin-vicreg', extensions: [vicreg, vicregObjective] });
