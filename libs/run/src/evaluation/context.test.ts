/** What an evaluation is offered: kept features, a copy to train, batches under any augmenter, and training by the one loop. */
import { defineEvaluation, definePlugin, Registry, type EvaluationContext, type Metrics } from '@tessera/core';
import { builtins } from '@tessera/builtins';
import { composeMethod, openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { prepared, temporaryFolder, tinySimclr } from '../testing/tiny.ts';
import { pretrain } from '../training/pretrain.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

/** Runs evaluations, each once, at the end of a run of two steps. @returns the metrics of each */
async function evaluated(
  run: (context: EvaluationContext) => Promise<Metrics>,
  times = 1,
): Promise<readonly Metrics[]> {
  const plugin = definePlugin({
    name: 'probe',
    contract: 2,
    extensions: [
      defineEvaluation({
        name: 'probe',
        summary: 'asks for what a test wants to see',
        options: z.strictObject({}),
        create: (_options, context) => ({ protocol: 'a test', run: () => run(context) }),
      }),
    ],
  });
  const sound = await prepared(tinySimclr, ['trainer.maxSteps=2']);
  const choice = { name: 'probe', options: {}, everyEpochs: null };
  const result = await pretrain(
    {
      ...sound,
      registry: new Registry([...builtins.map((builtin) => builtin.plugin), plugin]),
      recipe: { ...sound.recipe, evaluation: Array.from({ length: times }, () => choice) },
    },
    { out: join(temporaryFolder(), 'run') },
  );
  expect(tf.memory().numTensors).toBe(0);
  return result.run.events().flatMap((event) => (event.type === 'evaluation' ? [event.metrics] : []));
}

const valuesOf = (encoder: EvaluationContext['encoder']): number[][] =>
  [...encoder.variables(), ...encoder.buffers()].map(({ variable }) => [...variable.dataSync()]);

describe('features', () => {
  it('are computed once for all evaluations of a moment, and once for each augmenter', async () => {
    const seen = new Set<tf.Tensor>();
    await evaluated(async ({ features }) => {
      seen.add((await features('train')).features_ND);
      seen.add((await features('test')).features_ND);
      seen.add((await features('train', { name: 'plain', options: { size: 8 } })).features_ND); // the default's own
      return {};
    }, 2);
    expect(seen.size).toBe(2);
    await evaluated(async ({ features }) => {
      const [whole, cropped] = [
        await features('train'),
        await features('train', { name: 'plain', options: { size: 6 } }),
      ];
      expect(cropped.features_ND.shape).toEqual(whole.features_ND.shape);
      expect([...cropped.labels]).toEqual([...whole.labels]);
      expect(cropped.features_ND.dataSync()).not.toEqual(whole.features_ND.dataSync());
      return {};
    });
  });
});

describe('copyEncoder', () => {
  it('gives the weights and statistics of the trained encoder under a scope of its own, and is nobody else’s', async () => {
    await evaluated(({ encoder, copyEncoder }) => {
      const copy = copyEncoder('copy');
      expect(copy.variables().map(({ name }) => name.split('/')[0])).toEqual(copy.variables().map(() => 'copy'));
      expect(valuesOf(copy)).toEqual(valuesOf(encoder));
      const [first] = copy.variables();
      tf.tidy(() => first?.variable.assign(tf.zerosLike(first.variable)));
      expect(valuesOf(copy)).not.toEqual(valuesOf(encoder));
      copy.dispose();
      return Promise.resolve({});
    });
  });
});

describe('batches', () => {
  it('are all labelled images of a split in order, as the augmenter makes them, and the same in the same epoch', async () => {
    await evaluated(async ({ batches, features }) => {
      const { labels } = await features('test');
      const read = async (epoch: number): Promise<{ readonly labels: number[]; readonly pixels: number[] }> => {
        const read = { labels: [] as number[], pixels: [] as number[] };
        const augmenter = { name: 'simclr', options: { size: 8 } };
        for await (const batch of batches({ split: 'test', augmenter, batchSize: 7, epoch })) {
          read.labels.push(...batch.labels);
          expect(batch.views.map(({ count }) => count)).toEqual([2]);
          for (const { pixels } of batch.views) read.pixels.push(...pixels.dataSync());
        }
        return read;
      };
      const [first, again, other] = [await read(0), await read(0), await read(1)];
      expect(first.labels).toEqual([...labels]);
      expect(again).toEqual(first);
      expect(other.labels).toEqual(first.labels);
      expect(other.pixels).not.toEqual(first.pixels);
      return {};
    });
  });
});

describe('train', () => {
  it('fine-tunes a copy by the trainer’s own loop: its loss falls, the run’s encoder and its events stay as they are', async () => {
    const [metrics] = await evaluated(async (context) => {
      const { encoder, classes = 0 } = context;
      const before = valuesOf(encoder);
      const copy = context.copyEncoder('copy');
      const head = context.head({ name: 'linear', options: { out: 'classes' } }, { inDim: copy.featureDim });
      const objective = context.objective({ name: 'cross-entropy' }, { inDim: classes });
      const method = composeMethod(
        { encoder: copy, head, objective },
        {
          representation: copy,
          embed: (views, forward) => {
            const features = views.map(({ pixels }) => copy.apply(pixels, forward));
            return { features, embeddings: { online: features.map((h_BD) => head.apply(h_BD, forward)) } };
          },
          loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
        },
      );
      const told: number[] = [];
      const losses = await context.train({
        method,
        augmenter: { name: 'plain', options: { size: 8 } },
        optimizer: { name: 'sgd', options: { learningRate: 0.1, momentum: 0.9 } },
        schedule: { name: 'constant' },
        batchSize: 20,
        epochs: 8,
        afterEpoch: (epochsDone, loss) => {
          expect(epochsDone).toBe(told.push(loss));
        },
      });
      expect(told).toEqual(losses);
      expect(valuesOf(encoder)).toEqual(before);
      method.dispose();
      return { first: losses[0] ?? NaN, last: losses.at(-1) ?? NaN };
    });
    expect(metrics?.['last']).toBeLessThan(0.8 * (metrics?.['first'] ?? 0));
  });
});
