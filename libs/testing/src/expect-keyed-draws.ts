import { RandomStream, withKey, type Forward, type Method, type ViewGroup } from '@tessera/core';
import { UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { batchOf, freeVariables, LATE, nameIn, numberOf, progressAt, trainingForward, valuesOf } from './fixtures.ts';
import { BATCH, release, type MethodUnderTest } from './method-under-test.ts';

/** What a pass gives, by name. */
type Pass = ReadonlyMap<string, readonly number[]>;

const FAULT = 'a draw outside forward.key';
const REMEDY =
  'draw from stream(fold(forward.key, ...)) of @tessera/core, with the sample id for what belongs to an image; keep no counter, and no draw for later';

/**
 * Passes over one step draw the same, and what they draw is of the forward's key: embeddings, loss, metrics and gradients of several passes with one
 * `Forward` are equal to the bit, also after a pass over another step; none asks `Math.random`; and a pass with another key, all else the same, draws from other
 * streams.
 * @throws AssertionError naming what differs
 */
export async function expectKeyedDraws({ build, viewsOf }: MethodUnderTest): Promise<void> {
  const method = await build();
  method.beforeStep?.(progressAt(LATE));
  const input = viewsOf(0);
  const forward = trainingForward(new UpdateCollector(), LATE, BATCH);
  const draws = countingDraws(() => {
    const first = passOver(method, input, forward);
    const second = passOver(method, input, forward);
    passOver(method, input, trainingForward(new UpdateCollector(), LATE + 1, BATCH));
    return [first, second, passOver(method, input, forward)] as const;
  });
  const [one, other] = [forward, withKey(forward, 'of another run')].map(
    (each) => countingDraws(() => passOver(method, input, each)).keys,
  );
  release(input);
  method.dispose();
  expect(draws.asked, `${FAULT}: Math.random is asked in a pass (tf.random* and tf.dropout without a seed ask it). ${REMEDY}`).toBe(0); // prettier-ignore
  const [first, ...others] = draws.result;
  for (const pass of others) {
    const differ = [...first]
      .filter(([name, values]) => String(pass.get(name)) !== String(values))
      .map(([name]) => name);
    const told = differ.slice(0, 4).join(', ');
    expect(differ, `${FAULT}: ${told} differ between two passes over one step. ${REMEDY}`).toEqual([]);
  }
  const fixed = [...(one ?? [])].filter((key) => other?.has(key));
  expect(fixed, `${FAULT}: ${String(fixed.length)} streams that a pass draws from are the same whatever forward.key is, of a key that was kept or of a counter. ${REMEDY}`).toEqual([]); // prettier-ignore
}

/** One pass and its gradients, its updates thrown away. */
function passOver(method: Method, input: readonly ViewGroup[], forward: Forward): Pass {
  const updates = new UpdateCollector();
  const values = new Map<string, readonly number[]>();
  const variables = freeVariables(method, LATE);
  tf.tidy(() => {
    const own = { ...forward, updates };
    const { value, grads } = tf.variableGrads(() => {
      const { features, embeddings } = method.embed(input, own);
      features.forEach((h_BD, view) => values.set(`features of view ${String(view)}`, valuesOf(h_BD)));
      for (const [role, ofViews] of Object.entries(embeddings))
        ofViews.forEach((z_BD, view) => values.set(`the embedding '${role}' of view ${String(view)}`, valuesOf(z_BD)));
      const { loss, metrics } = method.loss(embeddings, batchOf(BATCH), own);
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

/** Which streams are drawn from while something runs, by their keys, and how often `Math.random` is asked. */
function countingDraws<T>(run: () => T): {
  readonly result: T;
  readonly asked: number;
  readonly keys: ReadonlySet<string>;
} {
  const { random } = Math;
  const word = Reflect.get<RandomStream, 'word'>(RandomStream.prototype, 'word');
  const keys = new Set<string>();
  let asked = 0;
  Math.random = () => {
    asked++;
    return random();
  };
  RandomStream.prototype.word = function (this: RandomStream) {
    keys.add(String(this.state().key));
    return word.call(this);
  };
  try {
    return { result: run(), asked, keys };
  } finally {
    Math.random = random;
    RandomStream.prototype.word = word;
  }
}
