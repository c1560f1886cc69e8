import { defineAugmenter, type Extension } from '@tessera/core';
import { z } from 'zod';
import { cropRatio, cropScale, interpolation, pixels, size } from '../augmenters/options.ts';
import type { ViewOpDefinition } from './define-view-op.ts';
import { multiCrop } from './multi-crop.ts';

/**
 * An augmenter whose views a recipe spells out op by op, from the ops given here. A package with an op of its own lists it beside ours:
 * `definePipelineAugmenter('my-pipeline', [...viewOps, sepia])`.
 */
export function definePipelineAugmenter(
  name: string,
  ops: readonly [ViewOpDefinition, ...ViewOpDefinition[]],
): Extension<'augmenter'> {
  const known = new Map(ops.map((op) => [op.name, op]));
  const entries = ops.map((op) => op.entry) as [z.ZodObject, ...z.ZodObject[]];
  const view = z.strictObject({
    count: z.int().min(1).max(64).default(1).describe('views of this kind per image'),
    size,
    crop: z
      .strictObject({ scale: cropScale.default([0.08, 1]), ratio: cropRatio.default([3 / 4, 4 / 3]) })
      .nullable()
      .default({ scale: [0.08, 1], ratio: [3 / 4, 4 / 3] })
      .describe('the random box that is resized to the view; null: the whole image'),
    interpolation: interpolation.default('bicubic'),
    ops: z
      .array(z.discriminatedUnion('name', entries))
      .default([])
      .describe(`ops in the order they are applied: ${[...known.keys()].join(', ')}`),
  });
  return defineAugmenter({
    name,
    summary: 'Views spelled out op by op: any ops in any order, on all views or on one',
    options: z.strictObject({
      views: z.array(view).min(1).describe('kinds of views; those of one size that stand together form one group'),
      pixels: pixels.default('float32'),
    }),
    create: ({ views, pixels }) =>
      multiCrop(
        views.map(({ count, ops: entries, ...recipe }) => ({
          count,
          view: { ...recipe, ops: entries.map((entry) => buildOp(known, entry)) },
        })),
        pixels,
      ),
  });
}

function buildOp(known: ReadonlyMap<string, ViewOpDefinition>, entry: Record<string, unknown>) {
  const definition = known.get(String(entry.name));
  if (!definition) throw new RangeError(`no op is called ${String(entry.name)}`); // the schema has let it through, so it is there
  return definition.build(entry);
}
