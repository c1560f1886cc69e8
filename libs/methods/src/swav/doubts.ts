import { doubts, type Doubt, type RunFacts } from '@tessera/core';
import { temperatureDoubt } from '@tessera/losses';
import type { QueueOptions, SwavOptions } from './options.ts';

/** Scores are cosines: divided by more than this, the exponentials that codes are made of hardly differ. */
const FLAT_EPSILON = 0.5;

/** Divided by less, exponentials of all but the largest score are 0 in float32 (exp(-100)) where scores differ by a half. */
const HARD_EPSILON = 0.005;

/** What is doubtful about SwAV's options in such a run. */
export function swavDoubts(options: SwavOptions, run: RunFacts): readonly Doubt[] {
  const { epsilon, queue, temperature } = options;
  return doubts(
    temperatureDoubt(temperature),
    epsilon >= FLAT_EPSILON && {
      code: 'W_EPSILON',
      message: `an epsilon of ${String(epsilon)} for cosine similarities makes codes that are nearly uniform, and there is nothing to predict; the paper has 0.05`,
    },
    epsilon < HARD_EPSILON && {
      code: 'W_EPSILON',
      message: `an epsilon of ${String(epsilon)} for cosine similarities makes codes of the largest score alone, which rounding decides and which are not balanced any more; the paper has 0.05`,
    },
    smallCrops(options, run),
    ...freezing(options, run),
    ...(queue ? queueDoubts(queue, run) : []),
  );
}

const plural = (count: number, what: string): string => `${String(count)} ${what}${count === 1 ? '' : 's'}`;

function smallCrops({ cropsForAssign }: SwavOptions, { views }: RunFacts): Doubt | undefined {
  const sizes = views.flatMap(({ count, size }) => Array.from({ length: count }, () => size));
  const largest = Math.max(...sizes);
  const small = cropsForAssign.filter((crop) => (sizes[crop] ?? largest) < largest);
  if (small.length === 0) return undefined;
  return {
    code: 'W_SMALL_CROPS_ASSIGN',
    message: `crop ${small.join(', ')} gives codes, but has ${String(sizes[small[0] ?? 0])} pixels of ${String(largest)}: small crops should only predict`,
  };
}

function freezing({ freezeSteps, freezeEpochs }: SwavOptions, { epochs, totalSteps = Infinity }: RunFacts) {
  const forever = (frozen: string, run: string): Doubt => ({
    code: 'W_PROTOTYPES_FROZEN',
    message: `prototypes are frozen for ${frozen}, and the run has ${run}: they never learn`,
  });
  return doubts(
    freezeSteps === 0 &&
      freezeEpochs === 0 && {
        code: 'W_PROTOTYPES_UNFROZEN',
        message: 'prototypes learn from the first step; the reference freezes them for an epoch, for stability',
      },
    freezeEpochs >= epochs
      ? forever(plural(freezeEpochs, 'epoch'), String(epochs))
      : freezeSteps >= totalSteps && forever(plural(freezeSteps, 'step'), String(totalSteps)),
  );
}

function queueDoubts({ length, fromEpoch, fromStep }: QueueOptions, run: RunFacts): readonly Doubt[] {
  const { batchSize } = run;
  return doubts(
    fromEpoch === 0 &&
      fromStep === 0 && {
        code: 'W_QUEUE_EARLY',
        message:
          'the queue fills from the first step, while embeddings still change fast; the reference waits 15 epochs: queue.fromEpoch',
      },
    length % batchSize !== 0 && {
      code: 'W_QUEUE_LENGTH',
      message: `a queue of ${String(length)} is no multiple of the batch, ${String(batchSize)}: its oldest embeddings go in part of a batch`,
    },
    neverUsed({ length, fromEpoch, fromStep }, run),
  );
}

/** The queue serves once it is full. */
function neverUsed(
  { length, fromEpoch, fromStep }: QueueOptions,
  { batchSize, epochs, stepsPerEpoch, totalSteps = Infinity }: RunFacts,
): Doubt | undefined {
  const never = (why: string): Doubt => ({ code: 'W_QUEUE_NEVER', message: `the queue is never used: ${why}` });
  if (fromEpoch >= epochs)
    return never(
      `queue.fromEpoch is ${String(fromEpoch)}, and the run's last epoch is ${String(epochs - 1)} (counted from 0)`,
    );
  if (fromStep >= totalSteps)
    return never(
      `queue.fromStep is ${String(fromStep)}, and the run's last step is ${String(totalSteps - 1)} (counted from 0)`,
    );
  if (fromEpoch > 0 && stepsPerEpoch === undefined) return undefined;
  const first = Math.max(fromStep, fromEpoch * (stepsPerEpoch ?? 0));
  if (first + Math.ceil(length / batchSize) < totalSteps) return undefined;
  return never(
    `it holds ${String(length)} embeddings, and only ${String((totalSteps - first) * batchSize)} come after it starts, at step ${String(first + 1)} of ${String(totalSteps)}`,
  );
}
