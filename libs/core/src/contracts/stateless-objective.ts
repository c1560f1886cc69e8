import type { Objective } from './parts.ts';

/**
 * An objective without variables or state: all it has is its loss.
 * @example create: ({ weight }) => statelessObjective(({ online = [] }) => ({ loss: myLoss(online, weight), metrics: {} }))
 */
export function statelessObjective<R extends string = string>(loss: Objective<R>['loss']): Objective<R> {
  return {
    loss,
    variables: () => [],
    state: () => ({ tensors: {}, json: null }),
    restore: () => undefined,
    dispose: () => undefined,
  };
}
