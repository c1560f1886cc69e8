import { defineOptimizer, doubts, parseOptions, type NamedVariable } from '@tessera/core';
import { tryKernel } from '@tessera/engine';
import { add, div, greater, logicalAnd, minimum, mul, onesLike, sub, where, type Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { groups, settingsOf } from './groups.ts';
import { kernelInputs } from './kernel-inputs.ts';
import { largeBatchDoubt } from './large-batch-doubt.ts';
import { l2Norm } from './norms.ts';
import { exclude, learningRate, momentum, weightDecay } from './options.ts';
import { ParameterOptimizer, type Target } from './parameter-optimizer.ts';
import { layerwiseRateDoubt } from './rate-doubt.ts';

export const larcOptions = z.strictObject({
  learningRate: learningRate(0.6),
  momentum,
  weightDecay: weightDecay(1e-6),
  trustCoefficient: z
    .number()
    .positive()
    .default(1e-3)
    .describe('Ratio of update norm to weight norm, at learning rate 1.'),
  clip: z.boolean().default(false).describe('Never raise the rate of a layer above the learning rate.'),
  epsilon: z.number().nonnegative().default(1e-8).describe('Added to the denominator of the ratio.'),
  exclude: exclude([], 'weight decay and of the adaptation'),
  groups,
});

export type LarcOptions = z.output<typeof larcOptions>;

/**
 * NVIDIA apex's LARC around SGD, as SwAV uses it (main_swav.py): everything is adapted, also biases, norms and prototypes, and the
 * learning rate is outside the momentum:
 * ratio = trust * |w| / (|g| + weightDecay * |w| + epsilon), with `clip` min(ratio / lr, 1);
 * g = (g + weightDecay * w) * ratio; m = momentum * m + g; w -= lr * m.
 * A variable or gradient of norm 0 has neither ratio nor decay.
 * @throws TesseraError `E_OPTION_INVALID` on options that the recipe could not have either
 */
export function createLarc(given: LarcOptions, variables: readonly NamedVariable[]): ParameterOptimizer {
  const options = parseOptions(larcOptions, given, 'createLarc');
  const { momentum: mu, trustCoefficient, epsilon, clip } = options;

  function native(targets: readonly Target[], rate: number): boolean {
    const attributes = {
      count: targets.length,
      learningRate: rate,
      momentum: mu,
      trustCoefficient,
      epsilon,
      clip,
      weightDecay: targets.map(({ settings }) => settings.weightDecay),
      adapted: targets.map(({ settings }) => settings.adapted),
    };
    return tryKernel('TesseraLarcUpdate', kernelInputs(targets, { m: 'momentum' }), attributes) !== undefined;
  }

  function composed({ parameter, gradient32, slot, settings }: Target, rate: number): void {
    const { variable } = parameter;
    const m = slot('momentum');
    const { weightDecay: decay } = settings;
    const g = settings.adapted ? adapted(variable, gradient32(), rate, decay) : add(gradient32(), mul(variable, decay));
    m.assign(add(mul(m, mu), g));
    variable.assign(sub(variable, mul(m, rate)));
  }

  function adapted(weight: Tensor, gradient: Tensor, rate: number, decay: number): Tensor {
    const weightNorm = l2Norm(weight);
    const gradientNorm = l2Norm(gradient);
    const ratio = div(mul(weightNorm, trustCoefficient), add(add(gradientNorm, mul(weightNorm, decay)), epsilon));
    // At rate 0 (the first step of a warm-up) ratio / 0 is clipped to 1: nothing moves, but momentum remembers the whole gradient.
    const clipped = () => (rate > 0 ? minimum(div(ratio, rate), 1) : onesLike(ratio));
    const bounded = clip ? clipped() : ratio;
    const applies = logicalAnd(greater(weightNorm, 0), greater(gradientNorm, 0));
    const gradientFactor = where(applies, bounded, 1);
    const weightFactor = where(applies, mul(bounded, decay), 0);
    return add(mul(gradient, gradientFactor), mul(weight, weightFactor));
  }

  return new ParameterOptimizer(
    { name: 'larc', slots: ['momentum'], native, composed },
    variables,
    settingsOf(options),
  );
}

/** The `larc` optimizer. */
export const larcOptimizer = defineOptimizer({
  name: 'larc',
  summary: "Layer-wise adaptive rate control as in SwAV: NVIDIA apex's LARC around SGD.",
  options: larcOptions,
  check: ({ clip, trustCoefficient }, { batchSize, highestLearningRate }) =>
    doubts(
      largeBatchDoubt('larc', batchSize),
      // A clipped ratio never makes a step longer than the trust coefficient says.
      clip ? undefined : layerwiseRateDoubt(highestLearningRate, trustCoefficient),
    ),
  create: (options, { variables }) => createLarc(options, variables),
});
