import type { Method } from '@tessera/core';
import { UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { LATE, normal, progressAt } from './fixtures.ts';
import { release, type MethodUnderTest } from './method-under-test.ts';

/** Values by name, of one moment. */
type Snapshot = ReadonlyMap<string, Float32Array>;

/** Fewer numbers fit anything. */
const FEWEST = 8;
/** Share of a move that its direction leaves unexplained: float32 leaves 1e-4 of one by a thousandth of the way. */
const UNEXPLAINED = 0.01;

/**
 * Momentum networks follow the weights that a step leaves. Whatever is not trained and moves a part of the way towards a trained variable, is an
 * average of it: moved after the optimizer, in `afterStep`, it must move towards what the optimizer left; in `beforeStep`, towards what the last step
 * left. Large random changes of all variables stand for the optimizer here, so that the two are easily told apart.
 * @throws AssertionError naming what lags, of what, and where it moved
 */
export async function expectFreshAverages({ build, viewsOf, lossOf }: MethodUnderTest): Promise<void> {
  const networks: { readonly name: string; readonly variable: tf.Variable }[] = [];
  const method = await build({
    network: (_part, _scope, network) => {
      networks.push(...network.variables(), ...network.buffers());
      return network;
    },
  });
  const followers = (): Snapshot => {
    const trained = new Set<tf.Tensor>(method.variables().map(({ variable }) => variable));
    const others = [...networks, ...method.buffers()].map(({ name, variable }) => [name, variable] as const);
    const all = [...others, ...Object.entries(method.state().tensors)];
    return valuesOf(all.filter(([, tensor]) => !trained.has(tensor)));
  };
  const weights = (): Snapshot => valuesOf(method.variables().map(({ name, variable }) => [name, variable]));

  let lagging: readonly string[] = [];
  let stale: Snapshot | undefined;
  for (let step = LATE; step < LATE + 3 && lagging.length === 0; step++) {
    const [start, left] = [weights(), followers()];
    method.beforeStep?.(progressAt(step));
    const [before, begun] = [weights(), followers()];
    const early = stale ? lagOf(left, begun, [start, before], stale, 'beforeStep') : [];
    const updates = new UpdateCollector();
    const input = viewsOf(step);
    tf.tidy(() => lossOf(method, input, step, updates));
    const passed = followers();
    optimize(method, step);
    const optimized = weights();
    updates.commit();
    const committed = followers();
    method.afterStep?.(progressAt(step));
    const [after, ended] = [weights(), followers()];
    lagging = [
      ...early,
      // Within the pass there is nothing but the weights before the step.
      ...lagOf(begun, passed, [], before, 'embed or loss'),
      ...lagOf(passed, committed, [optimized], before, 'the commit of forward.updates'),
      ...lagOf(committed, ended, [optimized, after], before, 'afterStep'),
    ];
    stale = start;
    release(input);
  }
  method.dispose();
  expect(
    lagging,
    `averages that lag a step: ${lagging.join('; ')}. Move them in afterStep, from the variables as they are then (MomentumCopy.update of ` +
      '@tessera/engine), or in beforeStep where the reference moves them before its forward pass; never from what embed saw',
  ).toEqual([]);
}

/** Stands for an optimizer: each variable gets other values, of its own size. */
function optimize(method: Method, step: number): void {
  const frozen = method.frozen?.(progressAt(step)) ?? [];
  for (const { name, variable } of method.variables()) {
    if (frozen.includes(name)) continue;
    tf.tidy(() => {
      const size = Math.max(0.1, Math.sqrt(tf.mean(tf.square(variable)).dataSync()[0] ?? 0));
      variable.assign(tf.add(variable, tf.mul(normal(`step ${String(step)} of ${name}`, variable.shape), size)));
    });
  }
}

/** What moved towards stale weights and towards no fresh ones. @param fresh those that it may follow */
function lagOf(
  before: Snapshot,
  after: Snapshot,
  fresh: readonly Snapshot[],
  stale: Snapshot,
  where: string,
): string[] {
  return [...after].flatMap(([name, to]) => {
    const from = before.get(name);
    if (from?.length !== to.length || to.length < FEWEST || to.every((value, i) => value === from[i])) return [];
    const source = [...stale.keys()].find((variable) => follows(from, to, stale.get(variable)));
    if (source === undefined || fresh.some((weights) => follows(from, to, weights.get(source)))) return [];
    return [`'${name}' moves towards what '${source}' was before the step (in ${where})`];
  });
}

/** Whether a move is a part of the way to a target. */
function follows(from: Float32Array, to: Float32Array, target: Float32Array | undefined): boolean {
  if (target?.length !== from.length) return false;
  const way = target.map((value, i) => value - (from[i] ?? NaN));
  const move = to.map((value, i) => value - (from[i] ?? NaN));
  const share = dot(move, way) / dot(way, way);
  const rest = move.map((value, i) => value - share * (way[i] ?? NaN));
  return share > 0 && dot(rest, rest) < UNEXPLAINED ** 2 * dot(move, move);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

/** Copies. */
function valuesOf(tensors: readonly (readonly [string, tf.Tensor])[]): Snapshot {
  return new Map(tensors.map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())]));
}
