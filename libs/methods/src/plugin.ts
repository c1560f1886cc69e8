import { definePlugin } from '@tessera/core';
import { simclr } from './simclr/simclr.ts';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';

/** Methods `simclr` and `swav`, objective `swav`. */
export const methodsPlugin = definePlugin({ name: '@tessera/methods', extensions: [simclr, swav, swavObjective] });
