export { folderDataset } from './datasets/folder/folder.ts';
export { manifestDataset } from './datasets/manifest/manifest.ts';
export { cifar100Dataset, cifar10Dataset } from './datasets/raw/cifar.ts';
export { idxDataset } from './datasets/raw/idx.ts';
export { stl10Dataset } from './datasets/raw/stl10.ts';
export { IMAGE_ENDINGS } from './datasets/image-files.ts';
export { tarDataset } from './datasets/tar/tar.ts';
export { indexFolder } from './index-cache/index-folder.ts';
export { shapesDataset } from './datasets/shapes/shapes.ts';
export { SHAPE_CLASS_NAMES } from './datasets/shapes/classes.ts';
export { decode, PIXEL_LIMIT } from './decode/decode.ts';
export type { PixelRange } from './decode/deep.ts';
export type { DecodedImage } from './decode/sharp-decode.ts';
export { jpegDecoder } from './decode/native-jpeg.ts';
export { reasonOf } from './decode/reason.ts';
export type { Warn } from './loader/bad-images.ts';
export { createLoader, type LoaderOptions } from './loader/create-loader.ts';
export type { Batch, BatchGroup, EpochOptions, Loader } from './loader/contract.ts';
export { loaderMemory, type LoaderMemory } from './loader/memory.ts';
export { planesOf, type Plane } from './loader/planes.ts';
export { dataPlugin, dataPlugin as plugin } from './plugin.ts';
export { drawFraction, holdOut, type DrawOptions, type Labelled, type Split } from './subsets/draw.ts';
export { subset, type SubsetOptions } from './subsets/every-limit.ts';
export { fileListSubset } from './subsets/file-list.ts';

/** URL of this module: what worker threads import to know these data sets. */
export const dataModule = import.meta.url;
