import { rootKey, type EvaluationContext } from '@tessera/core';

/** A context that has nothing of what an evaluation may ask for; a test adds what its evaluation should. */
export function contextWithout(why: string): EvaluationContext {
  const none = (): never => {
    throw new Error(why);
  };
  return {
    key: rootKey(0),
    encoder: { featureDim: 0, variables: none, buffers: none, apply: none, dispose: none },
    copyEncoder: none,
    head: none,
    objective: none,
    features: none,
    batches: none,
    train: none,
    views: none,
  };
}
