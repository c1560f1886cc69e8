import { definePlugin } from '@tessera/core';
import { vicregAugmenter } from './patch-mask.ts';
import { vicreg } from './vicreg-method.ts';
import { vicregObjective } from './vicreg-objective.ts';

export { maskPatches, patchMaskOp } from './patch-mask.ts';
export { covariancePenalty, invariance, varianceShortfall } from './vicreg-loss.ts';
export { vicreg, vicregAugmenter, vicregObjective };

/** What `plugins: [tessera-plugin-vicreg]` adds: a method, an objective and an augmenter `vicreg`. Importing this has no other effect. */
export default definePlugin({
  name: 'tessera-plugin-vicreg',
  contract: 2,
  extensions: [vicreg, vicregObjective, vicregAugmenter],
});
