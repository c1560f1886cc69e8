import { definePlugin } from '@tessera/core';
import { folderDataset } from './datasets/folder.ts';

export const dataPlugin = definePlugin({ name: '@tessera/data', extensions: [folderDataset] });
