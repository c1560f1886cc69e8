import { isTesseraError, type DataPass } from '@tessera/core';
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

/** A layer may want to split its batch (shuffled batch norm), so other small batches are tried, up to this. */
const LARGEST_PROBE = 256;
/** A clustering may want more images than it has clusters, so more are tried, up to this. */
const MOST_IMAGES = 16 * IMAGES;

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
      try {
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
        return { flops: step.flops, forwardFlops: forward.flops, bytes: step.bytes };
      } finally {
        tf.dispose(views.map(({ pixels }) => pixels));
      }
    };
    await firstThatWorks(
      IMAGES,
      MOST_IMAGES,
      (images) => 4 * images,
      async (images) => {
        await method.beforeEpoch?.(progress, randomPass(method.representation.featureDim, images));
      },
    );
    // The optimizer makes its slots in the first step.
    const few = await firstThatWorks(2, LARGEST_PROBE, (batch) => batch + 2, probe);
    const many = 2 * few; // two small batches tell what grows with the batch and what does not
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
  const failed: unknown[] = [];
  const { peakBytes } = await tf.profile(() => {
    try {
      flops = outerKernels(run).reduce((sum, kernel) => sum + 2 * multiplications(kernel), 0);
    } catch (error) {
      failed.push(error); // thrown here, tfjs would go on profiling
    }
    return [];
  });
  if (failed.length > 0) throw failed[0];
  return { flops, bytes: peakBytes };
}

/** For methods that look at the data before an epoch: features of as many images as a clustering may want. */
function randomPass(width: number, images: number): DataPass {
  return (visit) => {
    const h_BD = tf.randomNormal<tf.Rank.R2>([images, width], 0, 1, 'float32', 1);
    try {
      visit(
        h_BD,
        Int32Array.from({ length: images }, (_, i) => i),
      );
    } finally {
      h_BD.dispose();
    }
    return Promise.resolve();
  };
}

/**
 * Does something with growing numbers until the parts do not refuse the number.
 * @returns the number. @throws TesseraError what they said of the largest
 */
async function firstThatWorks(
  smallest: number,
  largest: number,
  next: (number: number) => number,
  attempt: (number: number) => Promise<unknown>,
): Promise<number> {
  for (let number = smallest; ; number = next(number)) {
    try {
      await attempt(number);
      return number;
    } catch (error) {
      if (!isTesseraError(error) || next(number) > largest) throw error;
    }
  }
}
