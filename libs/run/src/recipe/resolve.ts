import {
  parseOptions,
  peakLearningRate,
  TesseraError,
  type Json,
  type Kind,
  type MethodExtension,
  type PartChoice,
  type Registry,
  type RunPartKind,
} from '@tessera/core';
import { requireRoles } from './require-roles.ts';
import { recipeSchema, type Recipe } from './schema.ts';

/** A part with every option explicit, as it would be written: what a transform of its schema makes of it, only the part gets. */
export interface ResolvedPart {
  readonly name: string;
  readonly options: Readonly<Record<string, Json>>;
}

/** The parts of a method that recipes set by a key of their own. */
const usualParts = ['encoder', 'head', 'objective'] as const;
type UsualPart = (typeof usualParts)[number];

/** A recipe in which nothing is left open: what is written to the run folder, and enough to repeat the run. */
export type ResolvedRecipe = Omit<
  Recipe,
  RunPartKind | UsualPart | 'parts' | 'method' | 'data' | 'evaluation' | 'reporters'
> &
  Readonly<Record<RunPartKind | 'method', ResolvedPart>> &
  /** Those that the method has. */
  Readonly<Partial<Record<UsualPart, ResolvedPart>>> & {
    /** The method's other parts. */
    readonly parts: Readonly<Record<string, ResolvedPart>>;
    readonly data: Omit<Recipe['data'], 'options'> & Pick<ResolvedPart, 'options'>;
    readonly evaluation: readonly (ResolvedPart & { readonly everyEpochs: number | null })[];
    readonly reporters: readonly ResolvedPart[];
  };

/** What the recipe says of a part of its method; undefined where the method has none of that name. */
export function partOf(recipe: ResolvedRecipe, name: string): ResolvedPart | undefined {
  return isUsual(name) ? recipe[name] : recipe.parts[name];
}

function isUsual(name: string): name is UsualPart {
  return usualParts.some((usual) => usual === name);
}

/** Validates the recipe's own keys; the parts' options are validated by {@link resolveRecipe}. @throws TesseraError `E_OPTION_*` */
export function parseRecipe(content: unknown): Recipe {
  return parseOptions(recipeSchema, content, '');
}

/**
 * Fills what the recipe leaves open from the method's defaults and validates every part's options. A part that the recipe names stands
 * for itself; one with options but no name changes the method's choice.
 * @throws TesseraError `E_EXTENSION_UNKNOWN`, `E_OPTION_UNKNOWN`, `E_OPTION_INVALID`, `E_OPTIMIZER_LEARNING_RATE`, `E_OBJECTIVE_ROLES`
 */
export function resolveRecipe(recipe: Recipe, registry: Registry): ResolvedRecipe {
  const parsed = (kind: Kind, where: string, { name, options }: PartChoice): ResolvedPart => ({
    name,
    options: registry.get(kind, name).parse(options ?? {}, `${where}.options`) as Readonly<Record<string, Json>>,
  });
  const method = registry.get('method', recipe.method.name);
  const completed = (kind: Kind, where: string, given: Recipe[RunPartKind], fallback: PartChoice): ResolvedPart => {
    const { name, options = {} } = given ?? {};
    const choice =
      name === undefined ? { name: fallback.name, options: { ...fallback.options, ...options } } : { name, options };
    return parsed(kind, where, choice);
  };
  const ofRun = (kind: RunPartKind): ResolvedPart => completed(kind, kind, recipe[kind], method.defaults[kind]);
  refuseStrangers(recipe, method);
  const parts = Object.entries(method.parts).map(([name, { kind, default: fallback }]): [string, ResolvedPart] => {
    const [where, given] = isUsual(name) ? [name, recipe[name]] : [`parts.${name}`, recipe.parts[name]];
    if (kind === 'objective') requireRoles(method, given?.name ?? fallback.name, registry);
    return [name, completed(kind, where, given, fallback)];
  });
  const { source, options } = recipe.data;
  const optimizer = ofRun('optimizer');
  peakLearningRate(registry.get('optimizer', optimizer.name), optimizer.options); // or the schedule would find out
  return {
    seed: recipe.seed,
    plugins: recipe.plugins,
    trainer: recipe.trainer,
    checkpoint: recipe.checkpoint,
    ...Object.fromEntries(parts.filter(([name]) => isUsual(name))),
    parts: Object.fromEntries(parts.filter(([name]) => !isUsual(name))),
    data: { ...recipe.data, options: parsed('dataset', 'data', { name: source, options }).options },
    method: parsed('method', 'method', recipe.method),
    augmenter: ofRun('augmenter'),
    optimizer,
    schedule: ofRun('schedule'),
    evaluation: recipe.evaluation.map(({ everyEpochs, ...choice }, i) => ({
      ...parsed('evaluation', `evaluation.${i}`, choice),
      everyEpochs,
    })),
    reporters: recipe.reporters.map((choice, i) => parsed('reporter', `reporters.${i}`, choice)),
  };
}

/** A part that the method does not have would change nothing. */
function refuseStrangers(recipe: Recipe, { name: method, parts }: MethodExtension): void {
  const given = [
    ...usualParts.filter((name) => recipe[name] !== undefined),
    ...Object.keys(recipe.parts).map((name) => ({ name, inParts: true })),
  ];
  for (const each of given) {
    const [name, inParts] = typeof each === 'string' ? [each, false] : [each.name, true];
    const misplaced = inParts && isUsual(name);
    if (name in parts && !misplaced) continue;
    throw new TesseraError({
      code: 'E_PART_UNKNOWN',
      message: misplaced
        ? `'parts.${name}' is written in the wrong place`
        : `the method '${method}' has no part '${inParts ? `parts.${name}` : name}'`,
      next: misplaced
        ? `Write '${name}:' at the top of the recipe.`
        : `It has ${Object.keys(parts)
            .map((part) => (isUsual(part) ? part : `parts.${part}`))
            .join(', ')}. Leave '${name}' out, or take another method.`,
    });
  }
}
