import { definePlugin } from '@tessera/core';
import { folderDataset } from './datasets/folder/folder.ts';
import { manifestDataset } from './datasets/manifest/manifest.ts';
import { cifar100Dataset, cifar10Dataset } from './datasets/raw/cifar.ts';
import { idxDataset } from './datasets/raw/idx.ts';
import { stl10Dataset } from './datasets/raw/stl10.ts';
import { tarDataset } from './datasets/tar/tar.ts';
import { shapesDataset } from './datasets/shapes/shapes.ts';

export const dataPlugin = definePlugin({
  name: '@tessera/data',
  contract: 2,
  extensions: [
    folderDataset,
    tarDataset,
    manifestDataset,
    cifar10Dataset,
    cifar100Dataset,
    stl10Dataset,
    idxDataset,
    shapesDataset,
  ],
});
