import { TesseraError, type Forward } from '@tessera/core';
import { mul, ones, zeros, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import { constant } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';
import { normalizeBatch } from './normalize-batch.ts';
import { normalizeFixed } from './normalize-fixed.ts';

/** torch's and torchvision's; TensorFlow's decay 0.9 is the same momentum. */
const EPSILON = 1e-5;
const MOMENTUM = 0.1;

export interface BatchNormOptions {
  readonly channels: number;
  /** Learn a shift. SimCLR's output layer has none. Default true. */
  readonly shift?: boolean;
  /** Learn a scale. SimSiam's output layer has none, nor a shift. Default true. */
  readonly gain?: boolean;
  /** First value of the scale: 0 silences a residual branch at the start. Default 1. */
  readonly scale?: number;
}

/** What follows the normalisation, in this order; one kernel does it all where the engine has it. */
export interface AfterNorm<T extends Tensor> {
  /** Added to the normalised values. */
  readonly residual?: T;
  readonly relu?: boolean;
}

/** [..., C] -> [..., C] */
export type BatchNorm = <T extends Tensor>(x: T, forward: Forward, after?: AfterNorm<T>) => T;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) over all axes but the last, with torch's conventions: in training the batch's biased
 * variance normalises and its unbiased variance goes into the running one, through `forward.updates`; in evaluation the running
 * statistics normalise. With `statistics: 'collective'` the batch is all ranks' (equal batch sizes assumed).
 * @throws TesseraError `E_BATCH_TOO_SMALL` in training when a channel has a single value
 */
export function createBatchNorm(
  parameters: ParameterSet,
  path: string,
  { channels, shift = true, gain = true, scale = 1 }: BatchNormOptions,
): BatchNorm {
  const gamma_C = gain
    ? parameters.variable<Rank.R1>(`${path}.weight`, [channels], 'norm', constant(scale))
    : undefined;
  const beta_C = shift ? parameters.variable<Rank.R1>(`${path}.bias`, [channels], 'norm', constant(0)) : undefined;
  const runningMean_C = parameters.buffer<Rank.R1>(`${path}.running_mean`, [channels], constant(0));
  const runningVariance_C = parameters.buffer<Rank.R1>(`${path}.running_var`, [channels], constant(1));

  const affine = () => ({
    gamma_C: gamma_C ?? ones<Rank.R1>([channels]),
    beta_C: beta_C ?? zeros<Rank.R1>([channels]),
  });

  function train<T extends Tensor>(x: T, forward: Forward, after: AfterNorm<T>): T {
    const ranks = forward.statistics === 'collective' ? forward.collective.worldSize : 1;
    const count = (x.size / channels) * ranks;
    if (count < 2) {
      throw new TesseraError({
        code: 'E_BATCH_TOO_SMALL',
        message: `batch norm '${path}' got 1 value per channel, shape [${x.shape.join(', ')}]; training needs at least 2`,
        next: 'Use a larger batch (trainer.batchSize), larger images, or a model with less downsampling.',
      });
    }
    return normalizeBatch(
      { x, ...affine(), residual: after.residual },
      {
        epsilon: EPSILON,
        relu: after.relu ?? false,
        collective: ranks > 1 ? forward.collective : undefined,
        onStatistics: (mean_C, variance_C) => {
          forward.updates.blend(runningMean_C, mean_C, MOMENTUM);
          forward.updates.blend(runningVariance_C, mul(variance_C, count / (count - 1)), MOMENTUM);
        },
      },
    );
  }

  function evaluate<T extends Tensor>(x: T, after: AfterNorm<T>): T {
    return normalizeFixed(
      { x, ...affine(), residual: after.residual },
      { mean_C: runningMean_C, variance_C: runningVariance_C },
      { epsilon: EPSILON, relu: after.relu ?? false },
    );
  }

  return (x, forward, after = {}) => (forward.training ? train(x, forward, after) : evaluate(x, after));
}
