export { methodsPlugin, methodsPlugin as plugin } from './plugin.ts';
export { siamese } from './siamese.ts';
export { simclr } from './simclr/simclr.ts';
export { swavOptions, type SwavOptions } from './swav/options.ts';
export { swav } from './swav/swav.ts';
export { SwavObjective, swavObjective } from './swav/swav-objective.ts';
