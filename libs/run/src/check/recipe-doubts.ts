import { doubts, type Doubt, type RunFacts } from '@tessera/core';
import type { ResolvedRecipe } from '../recipe/resolve.ts';

/** What is doubtful about a recipe's own keys; parts speak for their options. @param testImages 0 where there are none; absent where nobody looked */
export function recipeDoubts(recipe: ResolvedRecipe, run: RunFacts, testImages?: number): readonly Doubt[] {
  return [...dataDoubts(recipe, run), ...lengthDoubts(recipe, run), ...evaluationDoubts(recipe, run, testImages)];
}

function dataDoubts({ data, trainer }: ResolvedRecipe, { batchSize }: RunFacts): readonly Doubt[] {
  const { normalize, limit } = data;
  return doubts(
    normalize !== null &&
      [...normalize.mean, ...normalize.std].some((value) => value > 1) && {
        code: 'W_NORMALIZE_BYTES',
        message: 'data.normalize is in units of the full range, 0 to 1; this looks like bytes',
      },
    limit !== null &&
      limit < batchSize && {
        code: 'W_BATCH_UNFILLED',
        message: `${limit} images do not fill a batch of ${trainer.batchSize}, and short batches are dropped`,
      },
    data.onBadImage === 'error' &&
      data.maxBadImages !== null &&
      ignored(`data.maxBadImages ${data.maxBadImages}`, 'data.onBadImage is error: the first bad image ends the run'),
    data.subsetSeed !== 0 &&
      data.fraction === null &&
      data.testFraction === null &&
      ignored(`data.subsetSeed ${data.subsetSeed}`, 'neither data.fraction nor data.testFraction draws anything'),
  );
}

function lengthDoubts({ trainer, checkpoint }: ResolvedRecipe, run: RunFacts): readonly Doubt[] {
  const { stepsPerEpoch, totalSteps, highestLearningRate } = run;
  const ofEpochs = stepsPerEpoch === undefined ? Infinity : trainer.epochs * stepsPerEpoch;
  return doubts(
    trainer.maxSteps !== null &&
      trainer.maxSteps > ofEpochs &&
      ignored(
        `trainer.maxSteps ${trainer.maxSteps}`,
        `the run ends after ${ofEpochs} steps, with trainer.epochs ${trainer.epochs}`,
      ),
    checkpoint.everySteps !== null &&
      totalSteps !== undefined &&
      checkpoint.everySteps >= totalSteps &&
      ignored(
        `checkpoint.everySteps ${checkpoint.everySteps}`,
        `the run has ${totalSteps} steps, and writes a checkpoint at its end anyway`,
      ),
    highestLearningRate === 0 && {
      code: 'W_LEARNING_RATE',
      message: `the learning rate is 0 in every step${totalSteps === undefined ? '' : ` of ${totalSteps}`}: nothing is learnt; a warm-up starts at 0`,
    },
  );
}

function evaluationDoubts({ evaluation }: ResolvedRecipe, { epochs }: RunFacts, testImages?: number): readonly Doubt[] {
  return doubts(
    testImages === 0 &&
      evaluation.length > 0 && {
        code: 'W_NO_TEST_IMAGES',
        message: 'evaluations are skipped: there is no test set beside the training images',
      },
    ...evaluation.map(
      ({ name, everyEpochs }) =>
        everyEpochs !== null &&
        everyEpochs > epochs &&
        ignored(
          `everyEpochs ${everyEpochs} of the evaluation ${name}`,
          `the run has ${epochs} epoch${epochs === 1 ? '' : 's'}, and is evaluated at its end anyway`,
        ),
    ),
  );
}

const ignored = (setting: string, why: string): Doubt => ({
  code: 'W_NO_EFFECT',
  message: `${setting} counts for nothing: ${why}`,
});
