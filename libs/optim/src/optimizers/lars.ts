import { defineOptimizer, doubts, parseOptions, type NamedVariable } from '@tessera/core';
import { tryKernel } from '@tessera/engine';
import { add, div, greater, logicalAnd, mul, sub, where, type Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { groups, settingsOf } from './groups.ts';
import { kernelInputs } from './kernel-inputs.ts';
import { largeBatchDoubt } from './large-batch-doubt.ts';
import { nesterovDoubt } from './nesterov-doubt.ts';
import { l2Norm } from './norms.ts';
import { exclude, learningRate, momentum, weightDecay } from './options.ts';
import { ParameterOptimizer, type Target } from './parameter-optimizer.ts';
import { layerwiseRateDoubt } from './rate-doubt.ts';

export const larsOptions = z.strictObject({
  learningRate: learningRate(0.3),
  momentum,
  nesterov: z.boolean().default(false).describe('Look ahead by one momentum step.'),
  weightDecay: weightDecay(1e-6),
  trustCoefficient: z.number().positive().default(1e-3).describe("The paper's eta, google's eeta."),
  exclude: exclude(['bias', 'norm'], 'weight decay and of the adaptation'),
  excludeNames: z.array(z.string().min(1)).default([]).describe('The same by parts of names: "head/".'),
  groups,
});

export type LarsOptions = z.output<typeof larsOptions>;

/**
 * LARS (You et al. 2017) as in google-research/simclr, lars_optimizer.py, "classic momentum": decay goes into the gradient before the
 * ratio, and the learning rate is inside the momentum, so a change of rate acts with memory:
 * g += weightDecay * w; ratio = trust * |w| / |g| (1 where either norm is 0); m = momentum * m + lr * ratio * g; w -= m.
 * Excluded variables have neither decay nor ratio. Differs from apex's LARC: see {@link createLarc}.
 * @throws TesseraError `E_OPTION_INVALID` on options that the recipe could not have either
 */
export function createLars(given: LarsOptions, variables: readonly NamedVariable[]): ParameterOptimizer {
  const options = parseOptions(larsOptions, given, 'createLars');
  const { momentum: mu, nesterov, trustCoefficient } = options;

  function native(targets: readonly Target[], rate: number): boolean {
    const attributes = {
      count: targets.length,
      learningRate: rate,
      momentum: mu,
      nesterov,
      trustCoefficient,
      weightDecay: targets.map(({ settings }) => settings.weightDecay),
      adapted: targets.map(({ settings }) => settings.adapted),
    };
    return tryKernel('TesseraLarsUpdate', kernelInputs(targets, { m: 'momentum' }), attributes) !== undefined;
  }

  function composed({ parameter, gradient32, slot, settings }: Target, rate: number): void {
    const { variable } = parameter;
    const m = slot('momentum');
    const { weightDecay: decay } = settings;
    const g = decay === 0 ? gradient32() : add(gradient32(), mul(variable, decay));
    const push = settings.adapted ? mul(g, mul(ratio(variable, g), rate)) : mul(g, rate);
    m.assign(add(mul(m, mu), push));
    variable.assign(sub(variable, nesterov ? add(mul(m, mu), push) : m));
  }

  function ratio(weight: Tensor, g: Tensor): Tensor {
    const weightNorm = l2Norm(weight);
    const gradientNorm = l2Norm(g);
    return where(
      logicalAnd(greater(weightNorm, 0), greater(gradientNorm, 0)),
      div(mul(weightNorm, trustCoefficient), gradientNorm),
      1,
    );
  }

  return new ParameterOptimizer(
    { name: 'lars', slots: ['momentum'], native, composed },
    variables,
    settingsOf(options),
  );
}

/** The `lars` optimizer. */
export const larsOptimizer = defineOptimizer({
  name: 'lars',
  summary: 'Layer-wise adaptive rate scaling as in google-research/simclr.',
  options: larsOptions,
  check: (
    { exclude: roles, excludeNames, groups: rules, momentum: mu, nesterov, trustCoefficient },
    { batchSize, highestLearningRate },
  ) =>
    doubts(
      roles.length + excludeNames.length + rules.length === 0 && {
        code: 'W_LARS_EXCLUDE',
        message: 'LARS decays and adapts biases and norms too; the reference leaves them out: exclude: [bias, norm]',
      },
      largeBatchDoubt('lars', batchSize),
      nesterovDoubt(nesterov, mu),
      layerwiseRateDoubt(highestLearningRate, trustCoefficient),
    ),
  create: (options, { variables }) => createLars(options, variables),
});
