import { singleProcess, type RunFacts, type ViewSpec } from '@tessera/core';
import { buildSchedule } from '../build-schedule.ts';
import type { PreparedRecipe } from '../prepare.ts';

/** What the data turned out to be. */
export interface DataFacts {
  /** Training images. */
  readonly images: number;
  /** How many of the source's training images they are, and why, in words; absent where they are all. */
  readonly subset?: string;
  /** Test images; 0 where there are none, absent where nobody asked. */
  readonly testImages?: number;
  readonly classes?: number;
}

/** Images in a step, over all ranks. */
export function globalBatch({ trainer }: PreparedRecipe['recipe']): number {
  return trainer.batchSize * singleProcess.worldSize;
}

/** The views of an image that the recipe's augmenter makes. */
export function viewsOf({ recipe: { augmenter }, registry }: PreparedRecipe): readonly ViewSpec[] {
  return registry.get('augmenter', augmenter.name).build(augmenter.options, {}).views;
}

/** What is known of a run before it starts. @param data absent where the images were not looked at */
export function runFacts(prepared: PreparedRecipe, data?: DataFacts): RunFacts {
  const { recipe } = prepared;
  const { trainer, optimizer } = recipe;
  const batchSize = globalBatch(recipe);
  const images = data?.images ?? recipe.data.limit ?? undefined;
  const perEpoch = images === undefined ? undefined : Math.floor(images / batchSize);
  const stepsPerEpoch = perEpoch === 0 ? undefined : perEpoch; // a batch that is never full is an error of its own
  const most = trainer.maxSteps ?? Infinity;
  const totalSteps = Math.min(stepsPerEpoch === undefined ? Infinity : trainer.epochs * stepsPerEpoch, most);
  const { learningRate } = optimizer.options;
  return {
    parts: {
      method: recipe.method.name,
      augmenter: recipe.augmenter.name,
      ...(recipe.encoder && { encoder: recipe.encoder.name }),
      ...(recipe.head && { head: recipe.head.name }),
      ...(recipe.objective && { objective: recipe.objective.name }),
      optimizer: optimizer.name,
      schedule: recipe.schedule.name,
    },
    batchSize,
    views: viewsOf(prepared),
    epochs: stepsPerEpoch === undefined ? trainer.epochs : Math.ceil(totalSteps / stepsPerEpoch),
    ...(images !== undefined && { images }),
    ...(data?.classes !== undefined && { classes: data.classes }),
    ...(stepsPerEpoch !== undefined && { stepsPerEpoch }),
    ...(Number.isFinite(totalSteps) && { totalSteps }),
    learningRate: typeof learningRate === 'number' ? learningRate : 1,
    highestLearningRate: highestRate(prepared, stepsPerEpoch, totalSteps),
  };
}

/** Steps of an epoch where nobody knows: enough for any warm-up to be told from the rest. */
const SOME_STEPS = 100;
/** So many steps are looked at. */
const LOOKS = 1_000_000;

function highestRate({ recipe, registry }: PreparedRecipe, known: number | undefined, total: number): number {
  const stepsPerEpoch = known ?? SOME_STEPS;
  const totalSteps = known === undefined ? recipe.trainer.epochs * stepsPerEpoch : total;
  const rateOf = buildSchedule(registry, recipe, { stepsPerEpoch, totalSteps, batchSize: globalBatch(recipe) });
  const stride = Math.ceil(totalSteps / LOOKS);
  let highest = 0;
  for (let step = 0; step < totalSteps; step += stride) highest = Math.max(highest, rateOf(step).learningRate);
  return highest;
}
