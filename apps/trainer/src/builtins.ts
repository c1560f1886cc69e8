import { builtins as libraries } from '@tessera/builtins';
import type { PluginModule } from '@tessera/core';
import { reportersPlugin } from './reporters/plugin.ts';

/** Every extension that the command knows: those that come with Tessera, and its own reporters. */
export const builtins: readonly PluginModule[] = [...libraries, { plugin: reportersPlugin }];
