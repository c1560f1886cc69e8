import { rootKey, type Method, type Optimizer, type Progress, type Rates, type ViewGroup } from '@tessera/core';
import { trainingForward, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { norm, type Run } from './compared.ts';

/** What a run is made of. */
export interface TraceSetting {
  readonly method: Method;
  readonly optimizer: Optimizer;
  readonly views: (step: number) => ViewGroup[];
  readonly steps: number;
  readonly progress: (step: number) => Progress;
  readonly rates: (step: number) => Rates;
  /** After each step, all of its changes done. @param gradNorms of every variable, by our name */
  readonly after: (step: number, gradNorms: ReadonlyMap<string, number>) => void;
}

/** Trains as the trainer does; gradients of what is frozen are measured, and dropped. */
export function runSteps({ method, optimizer, views, steps, progress, rates, after }: TraceSetting): Run {
  const losses: number[] = [];
  const globalGradNorms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const now = progress(step);
    const updates = new UpdateCollector();
    method.beforeStep?.(now);
    const frozen = method.frozen?.(now) ?? [];
    const gradNorms = new Map<string, number>();
    tf.tidy(() => {
      const input = views(step);
      const forward = trainingForward(updates, { progress: now, key: rootKey(step) });
      const { value, grads } = tf.variableGrads(
        () => method.loss(method.embed(input, forward).embeddings, {}, forward).loss,
        method.variables().map(({ variable }) => variable),
      );
      const named = method.variables().map(({ name, variable }): [string, Tensor] => {
        const gradient = grads[variable.name];
        if (!gradient) throw new Error(`no gradient of ${name}`);
        gradNorms.set(name, norm(gradient));
        return [name, gradient];
      });
      losses.push(value.dataSync()[0] ?? NaN);
      globalGradNorms.push(Math.hypot(...gradNorms.values()));
      optimizer.update(Object.fromEntries(named.filter(([name]) => !frozen.includes(name))), rates(step));
    });
    updates.commit();
    method.afterStep?.(now);
    after(step, gradNorms);
  }
  return { losses, globalGradNorms };
}
