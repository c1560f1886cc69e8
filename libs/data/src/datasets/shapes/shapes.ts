import { defineDataset, fold, rootKey, TesseraError } from '@tessera/core';
import { z } from 'zod';
import { SHAPE_CLASS_NAMES, SHAPE_CLASSES } from './classes.ts';
import { renderShape } from './render.ts';

const options = z.strictObject({
  count: z.int().min(10).optional().describe('images; default 2000 for train, 1000 for test'),
  size: z.int().min(8).max(1024).default(32).describe('side of the image, pixels'),
  split: z.enum(['train', 'test']).default('train').describe('two disjoint sets of draws'),
  seed: z.int().min(0).default(0).describe('another seed gives another data set; independent of the seed of the run'),
});

const locator = z.tuple([z.int(), z.string(), z.int(), z.int(), z.int()]);

/**
 * A procedural data set with labels, for demos and tests: ten classes told apart by outline AND texture, while colours, position, scale,
 * rotation, background, clutter and noise are nuisances. Class-major order, like class folders.
 */
export const shapesDataset = defineDataset({
  name: 'shapes',
  summary: 'Procedural images of ten classes told apart by shape and texture; nothing to download',
  options,
  splits: ['train', 'test'],
  open({ split, seed, size, count = split === 'train' ? 2000 : 1000 }) {
    const labelOf = (index: number): number => Math.floor((index * SHAPE_CLASSES.length) / count);
    return Promise.resolve({
      size: count,
      classes: SHAPE_CLASS_NAMES,
      label: labelOf,
      locate: (index) => [seed, split, index, labelOf(index), size],
      describe: (index) => `shapes ${split} ${String(index)} (${SHAPE_CLASS_NAMES[labelOf(index)] ?? ''})`,
    });
  },
  read(raw) {
    const [seed, split, index, label, size] = locator.parse(raw);
    const shape = SHAPE_CLASSES[label];
    if (!shape)
      throw new TesseraError({
        code: 'E_DATA_LOCATOR',
        message: `'shapes' has no class ${String(label)}`,
        kind: 'failure',
      });
    return Promise.resolve({
      kind: 'pixels',
      image: renderShape(fold(rootKey(seed), 'shapes', split, index), shape, size),
    });
  },
});
