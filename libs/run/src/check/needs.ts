import { TesseraError, withoutTokens, type ViewSpec } from '@tessera/core';
import type { PreparedRecipe } from '../prepare.ts';
import { partOf } from '../recipe/resolve.ts';
import { globalBatch, viewsOf } from './run-facts.ts';

/** Images in a step that the recipe's objective needs at least. */
export function leastImages({ recipe: { objective }, registry }: PreparedRecipe): number {
  return objective ? (registry.get('objective', objective.name).needs?.images ?? 1) : 1;
}

/**
 * Holds a recipe against what its method and its objective say that they need.
 * @throws TesseraError `E_ENCODER_TOKENS` where a method reads patches and its encoder gives none, `E_BATCH_TOO_SMALL` where a step has fewer images, `E_VIEWS` where an image has fewer views
 */
export function requireNeeds(prepared: PreparedRecipe): void {
  const { recipe, registry } = prepared;
  requireTokens(prepared);
  if (!recipe.objective) return; // the method has none
  const { name } = recipe.objective;
  const { views: leastViews = 1 } = registry.get('objective', name).needs ?? {};
  const least = leastImages(prepared);
  const batch = globalBatch(recipe);
  if (batch < least)
    throw new TesseraError({
      code: 'E_BATCH_TOO_SMALL',
      message: `the objective '${name}' got a batch of ${count(batch, 'image')}, expected at least ${least}: from fewer it learns nothing`,
      next: `Raise it: --set trainer.batchSize=${Math.max(least, 32)}.`,
    });
  const views = countViews(viewsOf(prepared));
  if (views < leastViews)
    throw new TesseraError({
      code: 'E_VIEWS',
      message: `the objective '${name}' got ${count(views, 'view')} of an image, expected at least ${leastViews}: from fewer it learns nothing`,
      next: `Use an augmenter that makes more, or raise the number in the options of '${recipe.augmenter.name}' (tessera describe augmenter:${recipe.augmenter.name}).`,
    });
}

function requireTokens({ recipe, registry }: PreparedRecipe): void {
  const method = registry.get('method', recipe.method.name);
  for (const [part, { tokens }] of Object.entries(method.parts)) {
    const chosen = partOf(recipe, part);
    if (tokens === true && chosen && registry.get('encoder', chosen.name).tokens !== true)
      throw withoutTokens(method.name, part, chosen.name);
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function countViews(views: readonly ViewSpec[]): number {
  return views.reduce((sum, view) => sum + view.count, 0);
}
