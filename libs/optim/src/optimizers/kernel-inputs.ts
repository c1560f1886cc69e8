import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import type { Target } from './parameter-optimizer.ts';

/**
 * All variables as the update kernels take them: w0, w1, .. the variables, g0, .. their gradients, and for each entry of `slots`
 * (`{ m: 'momentum' }`) m0, .. the slots of that kind.
 */
export function kernelInputs(targets: readonly Target[], slots: Readonly<Record<string, string>>): NamedTensorMap {
  const inputs: NamedTensorMap = {};
  targets.forEach(({ parameter, gradient, slot }, i) => {
    inputs[`w${i}`] = parameter.variable;
    inputs[`g${i}`] = gradient;
    for (const [letter, kind] of Object.entries(slots)) inputs[`${letter}${i}`] = slot(kind);
  });
  return inputs;
}
