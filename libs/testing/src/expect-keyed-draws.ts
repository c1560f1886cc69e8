import type { Method, ViewGroup } from '@tessera/core';
import { UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { batchOf, freeVariables, LATE, nameIn, numberOf, progressAt, trainingForward, valuesOf } from './fixtures.ts';
import { BATCH, release, type MethodUnderTest } from './method-under-test.ts';

/** What a pass gives, by name. */
type Pass = ReadonlyMap<string, readonly number[]>;

const REMEDY =
  'draw from stream(fold(forward.key, ...)) of @tessera/core, with the sample id for what belongs to an image; keep no counter, and no draw for later';

/**
 * Passes over one step draw the same: embeddings, loss, metrics and gradients of several passes with one `Forward` are equal to the bit, also after a pass
 * over another step, and none of them asks `Math.random`.
 * @throws AssertionError naming what differs
 */
export async function expectKeyedDraws({ build, viewsOf }: MethodUnderTest): Promise<void> {
  const method = await build();
  method.beforeStep?.(progressAt(LATE));
  const input = viewsOf(0);
  const { result: passes, asked } = countingRandom(() => {
    const first = passOver(method, input, LATE);
    const second = passOver(method, input, LATE);
    passOver(method, input, LATE + 1);
    return [first, second, passOver(method, input, LATE)] as const;
  });
  release(input);
  method.dispose();
  expect(asked, `a draw outside forward.key: Math.random is asked in a pass (tf.random* and tf.dropout without a seed ask it). ${REMEDY}`).toBe(0); // prettier-ignore
  const [first, ...others] = passes;
  for (const other of others) {
    const differ = [...first]
      .filter(([name, values]) => String(other.get(name)) !== String(values))
      .map(([name]) => name);
    const told = differ.slice(0, 4).join(', ');
    expect(differ, `a draw outside forward.key: ${told} differ between two passes over one step. ${REMEDY}`).toEqual(
      [],
    );
  }
}

/** One pass and its gradients, its updates thrown away. */
function passOver(method: Method, input: readonly ViewGroup[], step: number): Pass {
  const values = new Map<string, readonly number[]>();
  const updates = new UpdateCollector();
  const variables = freeVariables(method, LATE);
  tf.tidy(() => {
    const forward = trainingForward(updates, step, BATCH);
    const { value, grads } = tf.variableGrads(() => {
      const { features, embeddings } = method.embed(input, forward);
      features.forEach((h_BD, view) => values.set(`features of view ${String(view)}`, valuesOf(h_BD)));
      for (const [role, ofViews] of Object.entries(embeddings))
        ofViews.forEach((z_BD, view) => values.set(`the embedding '${role}' of view ${String(view)}`, valuesOf(z_BD)));
      const { loss, metrics } = method.loss(embeddings, batchOf(BATCH), forward);
      for (const [name, metric] of Object.entries(metrics)) values.set(`the metric '${name}'`, [numberOf(metric)]);
      return loss;
    }, variables);
    values.set('the loss', valuesOf(value));
    for (const variable of variables) {
      const gradient = grads[variable.name];
      if (gradient) values.set(`the gradient of ${nameIn(method, variable)}`, valuesOf(gradient));
    }
  });
  updates.discard();
  return values;
}

/** How often `Math.random` is asked while something runs. */
function countingRandom<T>(run: () => T): { readonly result: T; readonly asked: number } {
  const { random } = Math;
  let asked = 0;
  Math.random = () => {
    asked++;
    return random();
  };
  try {
    return { result: run(), asked };
  } finally {
    Math.random = random;
  }
}
