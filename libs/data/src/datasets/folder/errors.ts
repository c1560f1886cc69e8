import { TesseraError } from '@tessera/core';
import { countedFolders, type Top } from '../../splits/top-folders.ts';
import { IMAGE_ENDINGS } from '../image-files.ts';
import type { FolderIndex } from './folder-index.ts';

/** @param top what lies beside the folder, where it was expected to hold a split */
export function emptyFolder(
  folder: string,
  { unread }: Pick<FolderIndex, 'unread'>,
  tests: readonly string[],
  exclude: readonly string[],
  top?: Top,
): TesseraError {
  const left = [...new Set([...tests, ...exclude])].map((name) => `'${name}'`).join(', ');
  const formats = [...new Set(unread.map(({ ending }) => `.${ending}`))].join(', ');
  const beside = top && top.folders.size > 0 ? `; beside it: ${countedFolders([...top.folders.values()])}` : '';
  return new TesseraError({
    code: 'E_DATA_EMPTY',
    message: `no images in '${folder}'${left === '' ? '' : ` (besides what is left out: ${left})`}${beside}`,
    next:
      `Expected class folders with images, or images, ending in ${IMAGE_ENDINGS.join(', ')}${formats === '' ? '' : ` (${formats} are not read)`}.` +
      (beside === '' && tests.length === 0 ? '' : ' Where every folder is a class, set data.options.splits=none.') +
      (tests.every((name) => name === 'test')
        ? ''
        : ' Where one of them holds the training images, name it in data.options.trainFolder.'),
  });
}

export function noTestFolder(
  root: string,
  splits: 'auto' | 'none',
  train: string | undefined,
  { folders }: Top,
): TesseraError {
  const others = [...folders.values()].filter(({ name }) => name !== train);
  const beside = train === undefined || others.length === 0 ? '' : `; beside '${train}' are ${countedFolders(others)}`;
  return new TesseraError({
    code: 'E_DATA_NO_SPLIT',
    message:
      splits === 'none'
        ? `no folder of '${root}' holds test images: data.options.splits=none makes all of them classes`
        : `there is no folder 'test' (nor val, valid, validation, testing, eval) with test images in '${root}'${beside}`,
    next: 'Name the folder that holds them, --set data.options.testFolder=NAME, or hold images out of the training images with data.testFraction.',
  });
}

export function unreadableFolder(reason: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_UNREADABLE',
    message: reason,
    next: 'Check its permissions, or leave it out of the data folder.',
    kind: 'failure',
  });
}

export function linkedToTest(folder: string, test: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_SPLITS',
    message: `a link in '${folder}' leads to the test images in '${test}', or a link there leads back: test images would be trained on`,
    next: "Remove the link, or name another folder of test images in data.options.testFolder; where the folder's name means nothing, set data.options.splits=none.",
  });
}
