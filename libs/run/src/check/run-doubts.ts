import { messageOf, type Doubt, type Json, type Kind, type RunFacts } from '@tessera/core';
import type { PreparedRecipe } from '../prepare.ts';
import { partOf } from '../recipe/resolve.ts';
import { recipeDoubts } from './recipe-doubts.ts';
import { runFacts, type DataFacts } from './run-facts.ts';

/** What a recipe may have got wrong: its own keys, and what each of its parts says. @param data absent where the images were not looked at */
export function runDoubts(prepared: PreparedRecipe, data?: DataFacts): readonly Doubt[] {
  const { recipe, registry } = prepared;
  const facts = runFacts(prepared, data);
  const ask = (kind: Kind, name: string, options: Json): readonly Doubt[] =>
    doubtsOf(prepared, facts, { kind, name, options });
  return [
    ...ask('dataset', recipe.data.source, recipe.data.options),
    ...(['method', 'augmenter', 'optimizer', 'schedule'] as const).flatMap((kind) =>
      ask(kind, recipe[kind].name, recipe[kind].options),
    ),
    ...Object.entries(registry.get('method', recipe.method.name).parts).flatMap(([part, { kind }]) => {
      const chosen = partOf(recipe, part);
      return chosen ? ask(kind, chosen.name, chosen.options) : [];
    }),
    ...recipe.evaluation.flatMap(({ name, options }) => ask('evaluation', name, options)),
    ...recipe.reporters.flatMap(({ name, options }) => ask('reporter', name, options)),
    ...recipeDoubts(recipe, facts, data?.testImages),
  ];
}

interface Part {
  readonly kind: Kind;
  readonly name: string;
  readonly options: Json;
}

/** A check is advice: one that throws must not keep a run from starting. */
function doubtsOf({ registry }: PreparedRecipe, facts: RunFacts, { kind, name, options }: Part): readonly Doubt[] {
  try {
    return registry.get(kind, name).check?.(options, facts) ?? [];
  } catch (error) {
    const reason = messageOf(error).split('\n')[0] ?? '';
    return [{ code: 'W_CHECK', message: `the check of the ${kind} '${name}' failed: ${reason}` }];
  }
}
