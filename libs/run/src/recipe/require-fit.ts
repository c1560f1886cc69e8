import { objectiveFits, TesseraError, type ExtensionOf, type Registry } from '@tessera/core';
import type { Recipe } from './schema.ts';
import { shippedRecipesOf } from './shipped.ts';

/** Recipes that a message names. */
const NAMED = 3;

/**
 * A method and an objective that do not belong together would train something else than the recipe's name for it.
 * @param file of the recipe, so that the recipes of the same data come first in the advice
 * @throws TesseraError `E_OBJECTIVE_MISFIT`, `E_EXTENSION_UNKNOWN`
 */
export function requireFit(recipe: Pick<Recipe, 'method' | 'objective'>, registry: Registry, file = ''): void {
  const method = registry.get('method', recipe.method.name);
  const name = recipe.objective?.name ?? method.parts['objective']?.default.name;
  if (name === undefined) return; // the method has none
  const objective = registry.get('objective', name);
  if (objectiveFits(method, objective)) return;
  throw new TesseraError({
    code: 'E_OBJECTIVE_MISFIT',
    message: `the method '${method.name}' and the objective '${objective.name}' do not belong together: ${reason(method, objective)}`,
    next: advice(registry, method, objective, file),
  });
}

function reason(
  { name, objectives }: ExtensionOf<'method'>,
  { name: objective, methods }: ExtensionOf<'objective'>,
): string {
  if (objectives)
    return `it would train '${objective}' under the name '${name}', whose objective is ${listed(objectives)}`;
  return `'${objective}' is the objective of ${listed(methods ?? [])}`;
}

/** A recipe of the method that is particular, where there is none its own objective; or another method for an objective that is not. */
function advice(
  registry: Registry,
  { name, objectives }: ExtensionOf<'method'>,
  objective: ExtensionOf<'objective'>,
  file: string,
): string {
  const wanted = objectives ? [name] : (objective.methods ?? []);
  const recipes = wanted.flatMap((method) => shippedRecipesOf(method, file)).slice(0, NAMED);
  const other = methodsOf(registry).find((method) => objectiveFits(method, objective))?.name;
  const keep =
    other === undefined ? '' : `to keep '${objective.name}', take the method '${other}': --set method.name=${other}`;
  if (recipes.length > 0) return `Take a recipe of ${listed(wanted)}: ${recipes.join(', ')}; ${keep}.`;
  return objectives
    ? `Take the method's own objective, --set objective={} (what that is: tessera describe method:${name}); ${keep}.`
    : `${keep.charAt(0).toUpperCase()}${keep.slice(1)}.`;
}

function methodsOf(registry: Registry): readonly ExtensionOf<'method'>[] {
  return registry.list('method').map(({ extension }) => registry.get('method', extension.name));
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(' or ');
}
