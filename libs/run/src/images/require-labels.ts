import { TesseraError } from '@tessera/core';
import type { ImageSet } from './images.ts';
import type { PreparedRecipe } from '../prepare.ts';

/**
 * Holds the training images against a method or an objective that learns from classes.
 * @throws TesseraError `E_DATA_UNLABELLED` where there are no classes, or an image has none
 */
export function requireLabels({ recipe, registry }: PreparedRecipe, { dataset, indices, shown }: ImageSet): void {
  const { method, objective } = recipe;
  const learner =
    objective && registry.get('objective', objective.name).needs?.labels
      ? `objective '${objective.name}'`
      : registry.get('method', method.name).needs?.labels && `method '${method.name}'`;
  if (!learner) return;
  const without = dataset.classes?.length ? indices.find((index) => (dataset.label(index) ?? -1) < 0) : undefined;
  if (dataset.classes?.length && without === undefined) return;
  throw new TesseraError({
    code: 'E_DATA_UNLABELLED',
    message:
      without === undefined
        ? `the ${learner} learns from the classes of the images, and those in '${shown}' have none`
        : `the ${learner} learns from the classes of the images, and ${dataset.describe(without)} has none`,
    next: 'Put the images into one folder a class, train on a data set that has classes, or take a method that needs none, such as simclr.',
  });
}
