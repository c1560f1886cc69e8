import { z } from 'zod';

const folderName = z
  .string()
  .min(1)
  .regex(/^[^/\\]+$/, 'is the name of one folder, without /')
  .optional();

/** The options by which a source of folders is told its splits; on disk and in tars alike. */
export const splitOptions = {
  split: z.enum(['train', 'test']).default('train').describe('which images'),
  splits: z
    .enum(['auto', 'none'])
    .default('auto')
    .describe(
      'auto: folders called train, test, val and the like (any case) hold splits; none: every folder is a class, whatever it is called',
    ),
  trainFolder: folderName.describe('folder of the training images; default: train, or what reads like it'),
  testFolder: folderName.describe('folder of the test images, never trained on; default: test, else val and the like'),
} as const;

/** What a person said about splits. */
export interface SplitWishes {
  readonly splits: 'auto' | 'none';
  readonly trainFolder?: string | undefined;
  readonly testFolder?: string | undefined;
}
