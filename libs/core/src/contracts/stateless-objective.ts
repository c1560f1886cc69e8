import type { Objective } from './parts.ts';

/**
 * An objective without variables or state: all it has is its loss.
 * @example create: ({ weight }) => statelessObjective(({ online = [] }) => ({ loss: myLoss(online, weight), metrics: {} }))
 */
export function statelessObjective(loss: Objective['loss']): Objective {
  return {
    loss,
    variables: () => [],
    state: () => ({ tensors: {}, json: null }),
    restore: () => undefined,
    dispose: () => undefined,
  };
}
