import {
  parseOptions,
  peakLearningRate,
  type Json,
  type Kind,
  type PartChoice,
  type PartKind,
  type Registry,
} from '@tessera/core';
import { recipeSchema, type Recipe } from './schema.ts';

/** A part with every option explicit, as it would be written: what a transform of its schema makes of it, only the part gets. */
export interface ResolvedPart {
  readonly name: string;
  readonly options: Readonly<Record<string, Json>>;
}

/** A recipe in which nothing is left open: what is written to the run folder, and enough to repeat the run. */
export type ResolvedRecipe = Omit<Recipe, PartKind | 'method' | 'data' | 'evaluation' | 'reporters'> &
  Readonly<Record<PartKind | 'method', ResolvedPart>> & {
    readonly data: Omit<Recipe['data'], 'options'> & Pick<ResolvedPart, 'options'>;
    readonly evaluation: readonly (ResolvedPart & { readonly everyEpochs: number | null })[];
    readonly reporters: readonly ResolvedPart[];
  };

/** Validates the recipe's own keys; the parts' options are validated by {@link resolveRecipe}. @throws TesseraError `E_OPTION_*` */
export function parseRecipe(content: unknown): Recipe {
  return parseOptions(recipeSchema, content, '');
}

/**
 * Fills what the recipe leaves open from the method's defaults and validates every part's options. A part that the recipe names stands
 * for itself; one with options but no name changes the method's choice.
 * @throws TesseraError `E_EXTENSION_UNKNOWN`, `E_OPTION_UNKNOWN`, `E_OPTION_INVALID`, `E_OPTIMIZER_LEARNING_RATE`
 */
export function resolveRecipe(recipe: Recipe, registry: Registry): ResolvedRecipe {
  const parsed = (kind: Kind, where: string, { name, options }: PartChoice): ResolvedPart => ({
    name,
    options: registry.get(kind, name).parse(options ?? {}, `${where}.options`) as Readonly<Record<string, Json>>,
  });
  const { defaults } = registry.get('method', recipe.method.name);
  const part = (kind: PartKind): ResolvedPart => {
    const { name, options = {} } = recipe[kind] ?? {};
    const fallback = defaults[kind];
    return parsed(
      kind,
      kind,
      name === undefined ? { name: fallback.name, options: { ...fallback.options, ...options } } : { name, options },
    );
  };
  const { source, options } = recipe.data;
  const optimizer = part('optimizer');
  peakLearningRate(registry.get('optimizer', optimizer.name), optimizer.options); // or the schedule would find out
  return {
    ...recipe,
    data: { ...recipe.data, options: parsed('dataset', 'data', { name: source, options }).options },
    method: parsed('method', 'method', recipe.method),
    augmenter: part('augmenter'),
    encoder: part('encoder'),
    head: part('head'),
    objective: part('objective'),
    optimizer,
    schedule: part('schedule'),
    evaluation: recipe.evaluation.map(({ everyEpochs, ...choice }, i) => ({
      ...parsed('evaluation', `evaluation.${i}`, choice),
      everyEpochs,
    })),
    reporters: recipe.reporters.map((choice, i) => parsed('reporter', `reporters.${i}`, choice)),
  };
}
