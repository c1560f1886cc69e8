import * as tf from '@tensorflow/tfjs-core';
import { valuesOf } from './fixtures.ts';

/** One step of normalised gradient descent. @param rate root mean square of the change, for each variable */
export function descend(variables: readonly tf.Variable[], loss: () => tf.Scalar, rate = 0.05): void {
  tf.tidy(() => {
    const { grads } = tf.variableGrads(loss, [...variables]);
    for (const variable of variables) {
      const gradient = grads[variable.name];
      if (!gradient) continue;
      const length = Math.sqrt(valuesOf(gradient).reduce((sum, value) => sum + value * value, 0)) || 1;
      variable.assign(tf.sub(variable, tf.mul(gradient, (rate * Math.sqrt(variable.size)) / length)));
    }
  });
}
