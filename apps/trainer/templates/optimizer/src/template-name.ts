/** Heavy-ball momentum (Polyak 1964): m = momentum * m + g; w = w - rate * m. Replace the update rule with yours. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOptimizer } from '@tessera/core';
import { ParameterOptimizer, type Target } from '@tessera/optim';
import { z } from 'zod';

export const templateNameOptimizer = defineOptimizer({
  name: 'template-name',
  summary: 'Gradient descent with heavy-ball momentum.',
  // Every option has a range and a description; `tessera describe template-name` prints them. Unknown options are errors.
  options: z.strictObject({
    // The schedule starts from this option of this name, and hands `update` the rate of the step.
    learningRate: z.number().positive().default(0.05).describe('step length before the schedule; > 0'),
    momentum: z.number().min(0).lt(1).default(0.9).describe('share of the last direction that is kept; in [0, 1)'),
  }),
  create: ({ momentum }, { variables }) => {
    /** One variable. `slot` is its memory of that name: zeros at first, saved in checkpoints, keyed by the variable's name. */
    function composed({ parameter: { variable }, gradient32, slot }: Target, rate: number): void {
      const velocity = slot('velocity');
      velocity.assign(tf.add(tf.mul(velocity, momentum), gradient32()));
      variable.assign(tf.sub(variable, tf.mul(velocity, rate)));
    }
    // Keeps slots and step counts, leaves variables without a gradient alone, saves and restores.
    return new ParameterOptimizer({ name: 'template-name', slots: ['velocity'], composed }, variables);
  },
});
