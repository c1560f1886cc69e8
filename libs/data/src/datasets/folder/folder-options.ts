import { z } from 'zod';
import { splitOptions } from '../../splits/options.ts';

/** Options of the data set `folder`. */
export const folderOptions = z.strictObject({
  path: z
    .string()
    .default('.')
    .describe('folder below the training images (and the test images) to take alone; relative to their folder'),
  ...splitOptions,
  layout: z
    .enum(['auto', 'folders', 'flat'])
    .default('auto')
    .describe(
      'auto, folders: class folders where there are any (folders: without a word on images beside them), else a flat folder; flat: all images at any depth, without labels',
    ),
  exclude: z.array(z.string()).default([]).describe('names of class folders to leave out'),
  classes: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      "class names in label order; default: the class folders' sorted names. Give the training set's for a test set",
    ),
});

export type FolderOptions = z.output<typeof folderOptions>;
