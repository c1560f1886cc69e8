import { EventBus, fold, type EvaluationTraining, type Json } from '@tessera/core';
import type { Composition } from '../compose.ts';
import { buildSchedule } from '../build-schedule.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { start, train } from '../training/loop.ts';
import { openTrainingData } from '../training/training-data.ts';
import { FIRST_EPOCH } from './features.ts';
import { labelledImages, type ScoredImages } from './labelled-images.ts';

/** Trains a method on a run's labelled training images, by the trainer's own loop. @returns the mean loss of each epoch */
export async function trainInEvaluation(
  { registry }: PreparedRecipe,
  composition: Composition,
  scored: ScoredImages,
  { method, augmenter, optimizer, schedule, batchSize, epochs, afterEpoch }: EvaluationTraining,
): Promise<readonly number[]> {
  const { images } = labelledImages(scored, 'train');
  const losses: number[] = [];
  const bus = new EventBus(); // a training of its own: the run's reporters must not take its steps for theirs
  bus.ofType('epoch').subscribe(({ loss }) => losses.push(loss));
  const data = await openTrainingData(composition, images, { augmenter, batchSize, firstEpoch: FIRST_EPOCH });
  const optimizers = registry.get('optimizer', optimizer.name);
  const options = optimizers.parse(optimizer.options ?? {}) as Readonly<Record<string, Json>>;
  const updating = optimizers.build(options, { variables: method.variables() });
  const totalSteps = epochs * data.stepsPerEpoch;
  const length = { stepsPerEpoch: data.stepsPerEpoch, totalSteps, batchSize };
  try {
    await train(
      {
        learner: {
          method,
          optimizer: updating,
          collective: composition.collective,
          precision: 'f32',
          clipNorm: null,
          schedule: buildSchedule(registry, { schedule, optimizer: { ...optimizer, options } }, length),
        },
        data,
        totalSteps,
        bus,
        key: fold(composition.key, 'evaluation'),
        stop: new AbortController().signal,
        between: {
          stepped: () => undefined,
          save: () => undefined,
          evaluate: async (epochsDone) => {
            await afterEpoch?.(epochsDone, losses.at(-1) ?? NaN);
          },
        },
      },
      start,
    );
    return losses;
  } finally {
    updating.dispose();
    await data.dispose();
    bus.close();
  }
}
