import type { Doubt, EventBus } from '@tessera/core';
import type { StepResult } from './step.ts';

/** Steps in a row with a gradient of exactly 0 that are told. */
const STEPS = 3;

/** Looks at the gradients of a run. */
export interface GradientWatch {
  /** @param step steps done, this one included */
  saw(step: number, result: StepResult): void;
}

/**
 * Warns once where the gradient of all variables is exactly 0, step after step, and once when it is back. Says nothing of a collapse that
 * was told already.
 * @param before warnings that the run has told before it was continued, in order
 */
export function watchGradient(bus: EventBus, before: readonly Pick<Doubt, 'code'>[] = []): GradientWatch {
  const earlier = before.map(({ code }) => code);
  const ours = earlier.filter((code) => code === 'W_GRADIENT_ZERO' || code === 'W_GRADIENT_BACK');
  let told = ours.at(-1) === 'W_GRADIENT_ZERO';
  let collapsed =
    earlier.includes('W_COLLAPSE') && earlier.lastIndexOf('W_COLLAPSE') > earlier.lastIndexOf('W_COLLAPSE_OVER');
  let zeros = 0;
  bus.ofType('warning').subscribe(({ code }) => {
    if (code === 'W_COLLAPSE' || code === 'W_COLLAPSE_OVER') collapsed = code === 'W_COLLAPSE';
  });
  return {
    saw: (step, { loss, metrics }) => {
      zeros = metrics['gradientNorm'] === 0 ? zeros + 1 : 0;
      if (zeros >= STEPS && !told && !collapsed) {
        told = true;
        bus.publish({
          type: 'warning',
          code: 'W_GRADIENT_ZERO',
          message: `the gradient has been exactly 0 for ${STEPS} steps, to step ${step} (loss ${loss.toFixed(4)}): nothing is learnt. Where the loss is at its least, it asks for too little (temperature too low, margin too small, semi-hard negatives that are never there, too few images in a batch); else all images may look alike (tessera preview), or weights have grown too large: lower optimizer.options.learningRate.`,
        });
      } else if (told && zeros === 0) {
        told = false;
        bus.publish({
          type: 'warning',
          code: 'W_GRADIENT_BACK',
          message: `the gradient is no longer 0 at step ${step}`,
        });
      }
    },
  };
}
