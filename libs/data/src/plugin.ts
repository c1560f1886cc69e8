import { definePlugin } from '@tessera/core';
import { folderDataset } from './datasets/folder.ts';
import { shapesDataset } from './datasets/shapes/shapes.ts';

export const dataPlugin = definePlugin({ name: '@tessera/data', extensions: [folderDataset, shapesDataset] });
