/** Parts whose schemas transform, as a package could have them: applied twice, or not at all, each would show. For tests only. */
import {
  defineAugmenter,
  defineDataset,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  type Json,
} from '@tessera/core';
import { shapesDataset } from '@tessera/data';
import { createSgd } from '@tessera/optim';
import { z } from 'zod';

const half = (value: number): number => value / 2;

/** Two views of `size / 2` pixels, all of one gray that is a sixteenth of it. */
const augmenter = defineAugmenter({
  name: 'halved',
  summary: 'Gray views of half the size.',
  options: z.strictObject({ size: z.int().default(16).transform(half) }),
  create: ({ size }) => ({
    views: [{ count: 2, size, channels: 3 }],
    pixelType: 'float32',
    sample: () => null,
    apply: (_image, _plan, out = [new Float32Array(2 * size * size * 3)]) => {
      for (const view of out) (view as Float32Array).fill(size / 16);
      return out;
    },
  }),
});

/** The transform gives what JSON has not: a map, and a function. */
const dataset = defineDataset({
  name: 'halved-shapes',
  summary: 'Half as many shapes.',
  options: z.strictObject({
    count: z.coerce.number().transform(half),
    counts: z
      .array(z.string())
      .default(['train'])
      .transform((names) => new Map(names.map((name) => [name, (count: number) => count]))),
  }),
  open: ({ count, counts }, context) =>
    shapesDataset.build({ count: counts.get('train')?.(count) ?? 0, size: 16 } satisfies Json, context),
  read: (locator) => shapesDataset.read(locator),
});

const optimizer = defineOptimizer({
  name: 'halved-sgd',
  summary: 'SGD at half the rate.',
  options: z.strictObject({ learningRate: z.number().default(0.5).transform(half) }),
  create: ({ learningRate }, { variables }) =>
    createSgd({ learningRate, momentum: 0, nesterov: false, weightDecay: 0, exclude: [], groups: [] }, variables),
});

const schedule = defineSchedule({
  name: 'halved',
  summary: 'A rate that is a function of the options.',
  options: z
    .strictObject({ factor: z.preprocess((value) => Number(value) / 2, z.number()) })
    .transform(({ factor }) => ({ rateOf: (rate: number) => factor * rate })),
  create:
    ({ rateOf }, { learningRate }) =>
    () => ({ learningRate: rateOf(learningRate) }),
});

export default definePlugin({ name: 'halving', contract: 2, extensions: [augmenter, dataset, optimizer, schedule] });
