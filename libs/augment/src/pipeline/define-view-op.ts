import { TesseraError, type Json } from '@tessera/core';
import { z } from 'zod';
import { sometimes, type ViewOp } from './view-op.ts';

/** A named op that a recipe's `pipeline` can list, with its options. */
export interface ViewOpDefinition {
  readonly name: string;
  /** The options of an entry of the list: `name`, `probability` (default 1) and the op's own. */
  readonly entry: z.ZodObject;
  /** @param entry an entry that `entry` has parsed */
  build(entry: unknown): ViewOp;
}

/**
 * A unit of augmentation: what a package contributes to `definePipelineAugmenter`.
 * @throws TesseraError E_PLUGIN_SHAPE when the op calls one of its options `name` or `probability`
 */
export function defineViewOp<S extends z.ZodObject, P extends Json>(definition: {
  readonly name: string;
  readonly options: S;
  readonly create: (options: z.output<S>) => ViewOp<P>;
}): ViewOpDefinition {
  const { name, options, create } = definition;
  const taken = ['name', 'probability'].find((key) => key in options.shape);
  if (taken !== undefined)
    throw new TesseraError({
      code: 'E_PLUGIN_SHAPE',
      message: `the view op '${name}' has an option '${taken}', which every view op has already`,
      next: 'give the option another name',
    });
  const entry = z
    .strictObject({
      name: z.literal(name),
      probability: z.number().min(0).max(1).default(1).describe('probability that the op is applied to a view'),
      ...options.shape,
    })
    .check(...((options.def.checks ?? []) as z.core.$ZodCheck<unknown>[])); // what the op refuses of its options together
  return {
    name,
    entry,
    build(given) {
      // Parsed already: what a transform of the schema made is not what it takes.
      const { probability, ...rest } = given as { readonly probability: number };
      delete (rest as { name?: string }).name;
      // Only the op itself knows what it drew; a plan hands it back.
      return { ...sometimes(probability, create(rest as z.output<S>) as ViewOp), name };
    },
  };
}
