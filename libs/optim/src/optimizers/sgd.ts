import { defineOptimizer, doubts, parseOptions, type NamedVariable } from '@tessera/core';
import { tryKernel } from '@tessera/engine';
import { add, mul, sub } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { groups, settingsOf } from './groups.ts';
import { kernelInputs } from './kernel-inputs.ts';
import { exclude, learningRate, momentum, weightDecay } from './options.ts';
import { nesterovDoubt } from './nesterov-doubt.ts';
import { ParameterOptimizer, type Target } from './parameter-optimizer.ts';
import { sgdRateDoubt } from './rate-doubt.ts';

export const sgdOptions = z.strictObject({
  learningRate: learningRate(0.06),
  momentum,
  nesterov: z.boolean().default(false).describe('Look ahead by one momentum step.'),
  weightDecay: weightDecay(0),
  exclude: exclude([], 'weight decay'),
  groups,
});

export type SgdOptions = z.output<typeof sgdOptions>;

/**
 * SGD with momentum, torch's semantics (`torch.optim.SGD`, no dampening), decay coupled to the gradient:
 * g += weightDecay * w; m = momentum * m + g; w -= lr * (nesterov ? g + momentum * m : m).
 * @throws TesseraError `E_OPTION_INVALID` on options that the recipe could not have either
 */
export function createSgd(given: SgdOptions, variables: readonly NamedVariable[]): ParameterOptimizer {
  const options = parseOptions(sgdOptions, given, 'createSgd');
  const { momentum: mu, nesterov } = options;

  function native(targets: readonly Target[], rate: number): boolean {
    const attributes = {
      count: targets.length,
      learningRate: rate,
      momentum: mu,
      nesterov,
      weightDecay: targets.map(({ settings }) => settings.weightDecay),
    };
    return (
      tryKernel('TesseraSgdUpdate', kernelInputs(targets, mu === 0 ? {} : { m: 'momentum' }), attributes) !== undefined
    );
  }

  function composed({ parameter, gradient32, slot, settings }: Target, rate: number): void {
    const { variable } = parameter;
    const { weightDecay: decay } = settings;
    const g = decay === 0 ? gradient32() : add(gradient32(), mul(variable, decay));
    if (mu === 0) {
      variable.assign(sub(variable, mul(g, rate)));
      return;
    }
    const m = slot('momentum');
    m.assign(add(mul(m, mu), g));
    const direction = nesterov ? add(g, mul(m, mu)) : m;
    variable.assign(sub(variable, mul(direction, rate)));
  }

  // Without momentum there is nothing to remember.
  const slots = mu === 0 ? [] : ['momentum'];
  return new ParameterOptimizer({ name: 'sgd', slots, native, composed }, variables, settingsOf(options));
}

/** The `sgd` optimizer. */
export const sgdOptimizer = defineOptimizer({
  name: 'sgd',
  summary: "Stochastic gradient descent with momentum, torch's semantics.",
  options: sgdOptions,
  check: ({ momentum, nesterov }, { highestLearningRate }) =>
    doubts(nesterovDoubt(nesterov, momentum), sgdRateDoubt(highestLearningRate, momentum)),
  create: (options, { variables }) => createSgd(options, variables),
});
