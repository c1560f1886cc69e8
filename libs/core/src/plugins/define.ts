/**
 * How extensions are made: each `define*` closes over a zod schema, so options are typed inside `create` and plain JSON outside.
 * The values are inert until a registry is asked to build them.
 */
import type { z } from 'zod';
import type { Dataset, Picture } from '../contracts/data.ts';
import type { Method } from '../contracts/method.ts';
import type { Objective } from '../contracts/parts.ts';
import type { Json } from '../json.ts';
import type { Doubt, MethodNeeds, RunFacts } from './check.ts';
import type {
  ContextOf,
  DatasetExtension,
  DatasetTraits,
  EncoderExtension,
  EvaluationExtension,
  Extension,
  Kind,
  MethodExtension,
  ObjectiveExtension,
  ProductOf,
  RunPartKind,
} from './extension.ts';
import { completeOptions } from './complete-options.ts';
import type { OptimizerSchema } from './learning-rate.ts';
import type { MethodContext, MethodParts, PartChoice } from './method-parts.ts';
import { parseOptions } from './options.ts';
import { buildWithTokens } from './require-tokens.ts';

/** What an author writes. */
export interface Definition<K extends Kind, S extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  /**
   * A `z.strictObject`; describe units and ranges with `.describe()`, give defaults with `.default()`. It may transform: whatever is kept
   * or sent is what was written, and `create` gets what the schema makes of that, once. It is also asked whether options are good, so
   * transforms are pure.
   */
  readonly options: S;
  readonly create: (options: z.output<S>, context: ContextOf[K]) => ProductOf[K];
  /**
   * What is doubtful about these options in such a run: settings that are likely mistakes, or that can never take effect. Pure; told by
   * `tessera check` and at the start of a run, which goes on. What cannot work at all is an error of `create`, or an objective's `needs`.
   */
  readonly check?: (options: z.output<S>, run: RunFacts) => readonly Doubt[];
}

function define<K extends Kind, S extends z.ZodType>(
  kind: K,
  { name, summary, options, create, check }: Definition<K, S>,
): Extension<K> {
  return {
    kind,
    name,
    summary,
    schema: options,
    parse: (raw, where = `${kind}.options`) => {
      parseOptions(options, raw ?? {}, where);
      return completeOptions(options, raw ?? {});
    },
    build: (raw, context) => create(parseOptions(options, raw ?? {}, `${kind}.options`), context),
    ...(check && { check: (raw, run) => check(parseOptions(options, raw ?? {}, `${kind}.options`), run) }),
  };
}

export const defineAugmenter = <S extends z.ZodType>(definition: Definition<'augmenter', S>): Extension<'augmenter'> =>
  define('augmenter', definition);
/** An encoder: `tokens: true` for one that gives tokens, which methods that read patches ask for. */
export const defineEncoder = <S extends z.ZodType>(
  definition: Definition<'encoder', S> & Pick<EncoderExtension, 'tokens'>,
): EncoderExtension => ({
  ...define('encoder', definition),
  ...(definition.tokens !== undefined && { tokens: definition.tokens }),
});
export const defineHead = <S extends z.ZodType>(definition: Definition<'head', S>): Extension<'head'> =>
  define('head', definition);
/** An optimizer. Its options have `learningRate`, the peak before scaling: schedules make the rate of each step from it. */
export const defineOptimizer = <S extends OptimizerSchema>(
  definition: Definition<'optimizer', S>,
): Extension<'optimizer'> => define('optimizer', definition);
export const defineSchedule = <S extends z.ZodType>(definition: Definition<'schedule', S>): Extension<'schedule'> =>
  define('schedule', definition);
export const defineReporter = <S extends z.ZodType>(definition: Definition<'reporter', S>): Extension<'reporter'> =>
  define('reporter', definition);

/** A method: `parts` name what it is made of, `defaults` what a run wants beside it; a recipe may change both. */
export function defineMethod<S extends z.ZodType, P extends MethodParts>({
  parts,
  defaults,
  objectives,
  needs,
  roles,
  ...definition
}: Omit<Definition<'method', S>, 'create'> & {
  readonly parts: P;
  readonly defaults: Readonly<Record<RunPartKind, PartChoice>>;
  /** Those that are the method's own, where not any will do. */
  readonly objectives?: readonly string[];
  /** What it cannot do without, beside what its objective needs. */
  readonly needs?: MethodNeeds;
  /** The roles of the embeddings that `embed` gives; default `online`. */
  readonly roles?: readonly string[];
  readonly create: (options: z.output<S>, context: MethodContext<P>) => Method;
}): MethodExtension {
  const { create } = definition;
  // `build` takes the names of whatever method it is handed to; only the method knows which they are.
  const build = (options: z.output<S>, context: MethodContext): Method =>
    create(options, {
      ...context,
      build: buildWithTokens(definition.name, parts, context.build),
    } as unknown as MethodContext<P>);
  return {
    ...define('method', { ...definition, create: build }),
    parts,
    defaults,
    roles: roles ?? ['online'],
    ...(needs && { needs }),
    ...(objectives && { objectives }),
  };
}

/** An objective whose loss sees the roles of embeddings `R`. */
type ObjectiveDefinition<S extends z.ZodType, R extends string> = Omit<Definition<'objective', S>, 'create'> &
  Pick<ObjectiveExtension, 'methods'> & {
    readonly create: (options: z.output<S>, context: ContextOf['objective']) => Objective<NoInfer<R>>;
  };

/**
 * An objective: `needs` says what it cannot do without, where that is more than one image in one view; `methods` are those that it belongs to,
 * where it does not go with any. Its loss sees the roles that `needs.roles` name, and no others; `online` where it names none.
 */
export function defineObjective<S extends z.ZodType, const R extends string>(
  definition: ObjectiveDefinition<S, R> & { readonly needs: MethodNeeds & { readonly roles: readonly R[] } },
): ObjectiveExtension;
export function defineObjective<S extends z.ZodType>(
  definition: ObjectiveDefinition<S, 'online'> & { readonly needs?: MethodNeeds },
): ObjectiveExtension;
export function defineObjective<S extends z.ZodType>(
  definition: Definition<'objective', S> & Pick<ObjectiveExtension, 'methods' | 'needs'>,
): ObjectiveExtension {
  const { methods, needs } = definition;
  return { ...define('objective', definition), ...(methods && { methods }), ...(needs && { needs }) };
}

/** An evaluation: `needsLabels: false` for one that asks for `views` only. */
export function defineEvaluation<S extends z.ZodType>(
  definition: Definition<'evaluation', S> & Pick<EvaluationExtension, 'needsLabels'>,
): EvaluationExtension {
  return { ...define('evaluation', definition), needsLabels: definition.needsLabels ?? true };
}

/**
 * A data set: `open` indexes the source in the main thread, `read` fetches one located image in any thread. What
 * it does not declare of {@link DatasetTraits} it has not: no folder to read, no test split, no class names to be given.
 */
export function defineDataset<S extends z.ZodType>(
  definition: Omit<Definition<'dataset', S>, 'create'> &
    Partial<DatasetTraits> & {
      readonly open: (options: z.output<S>, context: ContextOf['dataset']) => Promise<Dataset>;
      readonly read: (locator: Json) => Promise<Picture>;
    },
): DatasetExtension {
  const { open, read, readsFolder = false, splits = [], takesClasses = false } = definition;
  return { ...define('dataset', { ...definition, create: open }), read, readsFolder, splits, takesClasses };
}
