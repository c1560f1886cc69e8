import { definePlugin } from '@tessera/core';
import { ntXentObjective } from './nt-xent-objective.ts';

/** Objective `nt-xent`. */
export const lossesPlugin = definePlugin({ name: '@tessera/losses', extensions: [ntXentObjective] });
