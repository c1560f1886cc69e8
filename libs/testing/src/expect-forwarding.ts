import type { Encoder, Head, Method } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { copyOf } from './expectations.ts';
import { progressAt, valuesOf } from './fixtures.ts';
import type { MethodUnderTest } from './method-under-test.ts';
import { NOTE, THAWED, TOLD, watchObjective, type Hook, type Watched } from './watched-objective.ts';

/** A network as the method got it. */
interface Built {
  readonly label: string;
  readonly network: Encoder | Head;
  /** Of variables and buffers, before the method can dispose them. */
  readonly tensors: readonly { readonly name: string; readonly variable: tf.Variable }[];
}

const REMEDY = 'composeMethod of @tessera/engine forwards all of every part; by hand, call or hand on each yourself';

/**
 * Everything that the parts of a method have is the method's, too: variables, buffers, states, and every hook of an objective, also of one
 * that has more of them than the method's own. A method that is one objective's (`objectives`) forwards what that one has.
 * @throws AssertionError naming the hook and the part
 */
export async function expectForwarding({ extension, build, train }: MethodUnderTest): Promise<void> {
  const watched: Watched[] = [];
  const built: Built[] = [];
  const method = await build({
    network: (part, scope, network) => {
      const label = `the part '${part}'${scope === part ? '' : ` (scope '${scope}')`}`;
      built.push({ label, network, tensors: [...network.variables(), ...network.buffers()] });
      return network;
    },
    objective: (asked) => {
      const seen = watchObjective(asked, extension.objectives === undefined);
      watched.push(seen);
      return seen.objective;
    },
  });
  expectNetworks(method, built);
  for (const one of watched) {
    expectVariables(method, one);
    expectEpochs(one);
  }
  for (let step = 0; step < 5; step++) await train(method, step);
  const metrics = Object.values(method.epochMetrics?.() ?? {});
  for (const one of watched) {
    expectSteps(one);
    if (one.hooks.has('epochMetrics')) expect(metrics.includes(TOLD), fault('epochMetrics', one)).toBe(true);
    expectState(method, one);
  }
  method.dispose();
  for (const { label, tensors } of built) {
    const left = tensors.filter(({ variable }) => !variable.isDisposed).map(({ name }) => name);
    expect(left, `dispose() of ${label} is not forwarded: ${REMEDY}`).toEqual([]);
  }
  for (const one of watched) expect(one.kept.isDisposed, fault('dispose', one)).toBe(true);
}

function fault(hook: Hook, { part }: Watched): string {
  return `${hook}() of the part '${part}' is not forwarded: ${REMEDY}`;
}

/** Variables are trained or, as those of momentum networks, kept beside the weights. */
function expectNetworks(method: Method, built: readonly Built[]): void {
  const known = new Set<tf.Tensor>([
    ...[...method.variables(), ...method.buffers()].map(({ variable }) => variable),
    ...Object.values(method.state().tensors),
  ]);
  for (const { label, network } of built) {
    for (const kind of ['variables', 'buffers'] as const) {
      const lost = network[kind]()
        .filter(({ variable }) => !known.has(variable))
        .map(({ name }) => name);
      const places = kind === 'variables' ? 'neither in variables() nor in buffers()' : 'not in buffers()';
      const message = `${kind}() of ${label} is not forwarded: ${lost.join(', ')} is ${places} of the method. ${REMEDY}`;
      expect(lost, message).toEqual([]);
    }
  }
}

function expectVariables(method: Method, one: Watched): void {
  if (one.hooks.has('variables')) {
    const found = method.variables().some(({ variable }) => variable === one.variable.variable);
    expect(found, fault('variables', one)).toBe(true);
  }
  if (one.hooks.has('frozen')) {
    const frozen = (step: number): boolean => (method.frozen?.(progressAt(step)) ?? []).includes(one.variable.name);
    expect([frozen(0), frozen(THAWED)], fault('frozen', one)).toEqual([true, false]);
  }
}

/** The pass over the data that came when the method was built. */
function expectEpochs(one: Watched): void {
  if (!one.hooks.has('beforeEpoch')) return;
  expect(one.calls[0], fault('beforeEpoch', one)).toBe('beforeEpoch 0');
  expect(one.passed.length, `beforeEpoch() of the part '${one.part}' is not awaited: its promise must be the method's`).toBeGreaterThan(0); // prettier-ignore
  expect(
    [...new Set(one.passed)],
    `the pass that beforeEpoch() of the part '${one.part}' is given has rows as wide as the embeddings that its loss sees: ` +
      'give `project` to composeMethod, or run the head on the rows by hand',
  ).toEqual([one.inDim]);
}

function expectSteps(one: Watched): void {
  for (const hook of ['beforeStep', 'afterStep'] as const) {
    if (!one.hooks.has(hook)) continue;
    const calls = one.calls.filter((call) => call.startsWith(hook));
    expect(calls, fault(hook, one)).not.toEqual([]);
    const once = Array.from({ length: 5 }, (_, step) => `${hook} ${String(step)}`);
    expect(calls, `${hook}() of the part '${one.part}' is called once a step, with its progress`).toEqual(once);
  }
}

function expectState(method: Method, one: Watched): void {
  if (!one.hooks.has('state')) return;
  const before = valuesOf(one.kept);
  const state = copyOf(method.state());
  const saved = Object.values(state.tensors).some((tensor) => String(valuesOf(tensor)) === String(before));
  expect(saved, fault('state', one)).toBe(true);
  expect(JSON.stringify(state.json), `${fault('state', one)} (its JSON is lost)`).toContain(NOTE);
  tf.tidy(() => {
    one.kept.assign(tf.zerosLike(one.kept));
  });
  method.restore(state);
  tf.dispose(state.tensors);
  expect(one.restored, fault('restore', one)).toEqual([NOTE]);
  expect(valuesOf(one.kept), `${fault('restore', one)} (its tensors are lost)`).toEqual(before);
}
