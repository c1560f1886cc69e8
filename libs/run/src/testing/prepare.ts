import { builtins } from '@tessera/builtins';
import { prepareRecipe, type PreparedRecipe, type RecipeChanges, type RecipeContent } from '../prepare.ts';

/** A recipe with everything that comes with Tessera. */
export function prepare(recipe: string | RecipeContent, changes: RecipeChanges = {}): Promise<PreparedRecipe> {
  return prepareRecipe(recipe, { plugins: builtins, ...changes });
}
