import type { Forward, Method, ViewGroup } from '@tessera/core';
import { toFloat32, UpdateCollector, withPrecision, type Precision } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/** The first thing in a step that is not finite; what comes after it cannot be. */
export type Culprit =
  | { readonly what: 'pixels' | 'embeddings' | 'loss' }
  | { readonly what: 'weights' | 'gradient'; readonly name: string };

/**
 * Goes through a step whose loss is not finite, from the front: pixels, weights, embeddings. One more forward pass, whose updates are
 * thrown away.
 */
export function firstNotFinite(
  method: Method,
  views: readonly ViewGroup[],
  { precision, forward }: { readonly precision: Precision; readonly forward: Forward },
): Culprit {
  if (views.some(({ pixels }) => !isFinite(pixels))) return { what: 'pixels' };
  const weight = method.variables().find(({ variable }) => !isFinite(variable));
  if (weight) return { what: 'weights', name: weight.name };
  const updates = new UpdateCollector();
  try {
    return tf.tidy(() => {
      const { embeddings } = withPrecision(precision, () => method.embed(views, { ...forward, updates }));
      return { what: Object.values(embeddings).flat().every(isFinite) ? 'loss' : 'embeddings' };
    });
  } finally {
    updates.discard();
  }
}

/** The first gradient that is not finite; undefined where all are, and only their norm is too large for a float32. */
export function gradientNotFinite(gradients: NamedTensorMap): Culprit | undefined {
  const found = Object.entries(gradients).find(([, gradient]) => !isFinite(gradient));
  return found && { what: 'gradient', name: found[0] };
}

function isFinite(x: Tensor): boolean {
  return tf.tidy(() => tf.all(tf.isFinite(toFloat32(x))).dataSync()[0]) === 1;
}
