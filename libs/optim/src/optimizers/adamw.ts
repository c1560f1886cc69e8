import { defineOptimizer, doubts, parseOptions, type NamedVariable } from '@tessera/core';
import { tryKernel } from '@tessera/engine';
import { add, div, mul, sqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { groups, settingsOf } from './groups.ts';
import { kernelInputs } from './kernel-inputs.ts';
import { exclude, learningRate, weightDecay } from './options.ts';
import { ParameterOptimizer, type Target } from './parameter-optimizer.ts';
import { adamRateDoubt } from './rate-doubt.ts';

export const adamwOptions = z.strictObject({
  learningRate: learningRate(1e-3),
  beta1: z.number().min(0).lt(1).default(0.9).describe('Weight of the past in the mean of gradients.'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('Weight of the past in the mean of squared gradients.'),
  epsilon: z.number().positive().default(1e-8).describe('Added to the root of the second moment.'),
  weightDecay: weightDecay(0.01),
  exclude: exclude([], 'weight decay'),
  groups,
});

export type AdamWOptions = z.output<typeof adamwOptions>;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2; `torch.optim.AdamW`), t counting a variable's own updates:
 * w *= 1 - lr * weightDecay; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * w -= lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + epsilon).
 * @param decoupled false gives `torch.optim.Adam`: the decay is a penalty in the gradient, g += weightDecay * w, and nothing else
 * @throws TesseraError `E_OPTION_INVALID` on options that the recipe could not have either
 */
export function createAdamW(
  given: AdamWOptions,
  variables: readonly NamedVariable[],
  decoupled = true,
): ParameterOptimizer {
  const options = parseOptions(adamwOptions, given, 'createAdamW');
  const { beta1, beta2, epsilon } = options;

  function native(targets: readonly Target[], rate: number, steps: (name: string) => number): boolean {
    const attributes = {
      count: targets.length,
      learningRate: rate,
      beta1,
      beta2,
      epsilon,
      weightDecay: targets.map(({ settings }) => (decoupled ? settings.weightDecay : 0)),
      step: targets.map(({ parameter }) => steps(parameter.name)),
    };
    return tidy(() => {
      const given = decoupled ? targets : targets.map(withPenalty);
      return tryKernel('TesseraAdamWUpdate', kernelInputs(given, { m: 'm', v: 'v' }), attributes) !== undefined;
    });
  }

  function composed({ parameter, gradient32, slot, settings }: Target, rate: number, step: number): void {
    const { variable } = parameter;
    const { weightDecay: decay } = settings;
    const g = decoupled || decay === 0 ? gradient32() : add(gradient32(), mul(variable, decay));
    const m = slot('m');
    const v = slot('v');
    m.assign(add(mul(m, beta1), mul(g, 1 - beta1)));
    v.assign(add(mul(v, beta2), mul(square(g), 1 - beta2)));
    const denominator = add(mul(sqrt(v), 1 / Math.sqrt(1 - beta2 ** step)), epsilon);
    const decayed = !decoupled || decay === 0 ? variable : mul(variable, 1 - rate * decay);
    variable.assign(sub(decayed, mul(div(m, denominator), rate / (1 - beta1 ** step))));
  }

  return new ParameterOptimizer(
    { name: decoupled ? 'adamw' : 'adam', slots: ['m', 'v'], native, composed },
    variables,
    settingsOf(options),
  );
}

/** The gradient of the loss with its L2 penalty. */
function withPenalty(target: Target): Target {
  const { weightDecay } = target.settings;
  if (weightDecay === 0) return target;
  return { ...target, gradient: add(target.gradient32(), mul(target.parameter.variable, weightDecay)) };
}

/** The `adamw` optimizer. */
export const adamwOptimizer = defineOptimizer({
  name: 'adamw',
  summary: "Adam with decoupled weight decay, torch's semantics.",
  options: adamwOptions,
  check: (_options, { highestLearningRate }) => doubts(adamRateDoubt(highestLearningRate)),
  create: (options, { variables }) => createAdamW(options, variables),
});
