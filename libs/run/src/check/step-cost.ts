import type { DataPass } from '@tessera/core';
import { evaluationForward } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { randomViews } from './random-views.ts';
import { compose } from '../compose.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { trainStep } from '../training/step.ts';
import { multiplications } from './multiplications.ts';
import { outerKernels } from './outer-kernels.ts';

/** What one training step costs, whatever the engine. */
export interface StepCost {
  /** Trained numbers by part, the text before the first slash of their names. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Floating-point operations of convolutions and matrix products in a step, forward and backward; a multiplication and an addition are two. */
  readonly flops: number;
  /** Of the forward pass of one image in all its views. */
  readonly forwardFlopsPerImage: number;
  /** Weights, optimizer state and what the step holds at its fullest, bytes, every number a float32. */
  readonly peakBytes: number;
}

interface Probe {
  readonly flops: number;
  readonly forwardFlops: number;
  readonly bytes: number;
}

/** Training images where none are known: a memory bank has a row for each. */
const IMAGES = 8192;
const progress = { step: 0, epoch: 0, stepsPerEpoch: 1, totalSteps: 1 };

/** Two small batches tell what grows with the batch and what does not; shuffled batch norm must be able to split them. */
function probeSizes({ encoder, head }: PreparedRecipe['recipe']): readonly [small: number, large: number] {
  const groups = [encoder, head]
    .map((part) => part?.options ?? {})
    .map((options) =>
      options['norm'] === 'shuffled' && typeof options['normGroups'] === 'number' ? options['normGroups'] : 1,
    );
  const unit = 2 * groups.reduce((product, count) => product * count, 1);
  return [unit, 2 * unit];
}

/**
 * Runs a step of the recipe on random images in two small batches on the open engine and extrapolates linearly. What grows with the square of the
 * batch, the similarities of a contrastive loss, is therefore left out.
 * @param warn hears what the parts report about the recipe's real batch size
 */
export async function stepCost(
  prepared: PreparedRecipe,
  warn: (code: string, message: string) => void,
): Promise<StepCost> {
  const composition = compose(prepared, { size: IMAGES, classes: 10 });
  const [few, many] = probeSizes(prepared.recipe);
  const listening = composition.bus.events.subscribe((event) => {
    if (event.type === 'warning') warn(event.code, event.message);
  });
  try {
    const { method, optimizer, collective, augmenter } = composition;
    const parameters: Record<string, number> = {};
    for (const { name, variable } of method.variables()) {
      const part = name.split('/')[0] ?? name;
      parameters[part] = (parameters[part] ?? 0) + variable.size;
    }
    const probe = async (batch: number): Promise<Probe> => {
      const views = randomViews(augmenter.views, batch);
      const sampleIds = Int32Array.from({ length: batch }, (_, i) => i);
      const step = await counted(() => {
        trainStep(
          { method, optimizer, collective, precision: 'f32', clipNorm: prepared.recipe.trainer.clipNorm },
          { views, batch: { labels: sampleIds.map((id) => id % 2) }, progress, sampleIds, key: composition.key },
          { learningRate: 0, baseLearningRate: 0 },
        );
      });
      const forward = await counted(() => {
        tf.tidy(() => {
          method.embed(views, evaluationForward());
        });
      });
      tf.dispose(views.map(({ pixels }) => pixels));
      return { flops: step.flops, forwardFlops: forward.flops, bytes: step.bytes };
    };
    await method.beforeEpoch?.(
      progress,
      randomPass(method.representation.featureDim, imagesInAPass(prepared.recipe.objective?.options['clusters'])),
    );
    await probe(few); // the optimizer makes its slots
    const small = await probe(few);
    const large = await probe(many);
    const perImage = (key: keyof Probe): number => (large[key] - small[key]) / (many - few);
    const atBatch = (key: keyof Probe): number =>
      small[key] + perImage(key) * (prepared.recipe.trainer.batchSize - few);
    return {
      parameters,
      flops: atBatch('flops'),
      forwardFlopsPerImage: perImage('forwardFlops'),
      peakBytes: atBatch('bytes'),
    };
  } finally {
    listening.unsubscribe();
    await composition.dispose();
  }
}

async function counted(run: () => void): Promise<{ readonly flops: number; readonly bytes: number }> {
  let flops = 0;
  const { peakBytes } = await tf.profile(() => {
    flops = outerKernels(run).reduce((sum, kernel) => sum + 2 * multiplications(kernel), 0);
    return [];
  });
  return { flops, bytes: peakBytes };
}

/** For methods that look at the data before an epoch: features of as many images as a clustering may want. */
function randomPass(width: number, images: number): DataPass {
  return (visit) => {
    const h_BD = tf.randomNormal<tf.Rank.R2>([images, width], 0, 1, 'float32', 1);
    visit(
      h_BD,
      Int32Array.from({ length: images }, (_, i) => i),
    );
    h_BD.dispose();
    return Promise.resolve();
  };
}

/** @param clusters how many an objective with a clustering asks for: no more than there are images */
function imagesInAPass(clusters: unknown): number {
  const asked = [clusters].flat().filter((count) => typeof count === 'number');
  return Math.max(IMAGES, ...asked);
}
