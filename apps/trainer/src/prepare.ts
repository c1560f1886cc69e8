import { prepareRecipe, type PreparedRecipe, type RecipeChanges, type RecipeContent } from '@tessera/run';
import { builtins } from './builtins.ts';

/** A recipe with all that the command knows. @throws TesseraError about the recipe, its plugins or its options */
export function prepare(recipe: string | RecipeContent, changes: RecipeChanges = {}): Promise<PreparedRecipe> {
  return prepareRecipe(recipe, { plugins: builtins, ...changes });
}
