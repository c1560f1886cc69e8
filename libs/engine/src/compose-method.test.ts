import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { isTesseraError, type DataPass, type Encoder, type Head, type Method, type Progress } from '@tessera/core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { composeMethod, evaluationForward, openEngine, type MethodCalls, type ComposedPart } from './index.ts';

const progress: Progress = { step: 3, epoch: 1, stepsPerEpoch: 2, totalSteps: 8 };

/** A part that counts how often each of its hooks was called, with what. */
function counted(name: string, log: string[]): ComposedPart & { readonly restored: unknown[] } {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([name.length])));
  const buffer = tf.tidy(() => tf.variable(tf.tensor1d([-1])));
  const restored: unknown[] = [];
  const told = (hook: string) => (at: Progress) => {
    log.push(`${name}.${hook} ${at.step}`);
  };
  return {
    restored,
    variables: () => [{ name: `${name}/w`, variable, role: 'weight' }],
    buffers: () => [{ name: `${name}/mean`, variable: buffer }],
    state: () => ({ tensors: { [`${name}/queue`]: buffer, [`past of ${name}`]: variable }, json: { of: name } }),
    restore: ({ tensors, json }) => {
      restored.push(json, ...Object.entries(tensors).map(([key, x]) => `${key} ${String([...x.dataSync()])}`));
    },
    beforeEpoch: async (at, pass) => {
      told('beforeEpoch')(at);
      await pass((rows, ids) => {
        log.push(`${name} saw ${String([...rows.dataSync()])} of ${String([...ids])}`);
      });
    },
    beforeStep: told('beforeStep'),
    afterStep: told('afterStep'),
    frozen: ({ step }) => [`${name}/w at ${step}`],
    epochMetrics: () => ({ [`${name}Usage`]: 0.5 }),
    dispose: () => {
      log.push(`${name}.dispose`);
      tf.dispose([variable, buffer]);
    },
  };
}

const scaling = (factor: number): Encoder & Head => ({
  featureDim: 1,
  outDim: 1,
  variables: () => [],
  buffers: () => [],
  apply: (x: tf.Tensor) => tf.tidy(() => tf.mul<Tensor2D>(x, factor)),
  dispose: () => undefined,
});
const encoder = scaling(1);
const calls: MethodCalls = {
  embed: () => ({ features: [], embeddings: {} }),
  loss: () => ({ loss: tf.scalar(7), metrics: {} }),
};
const pass: DataPass = (visit) => {
  const rows = tf.tensor2d([1, 2], [2, 1]);
  visit(rows, Int32Array.from([8, 9]));
  rows.dispose();
  return Promise.resolve();
};
const codeOf = (attempt: () => unknown): string => {
  try {
    attempt();
    return '';
  } catch (error) {
    return isTesseraError(error) ? `${error.code}: ${error.message}` : String(error);
  }
};

beforeAll(() => openEngine('cpu'));

describe('composeMethod', () => {
  let log: string[];
  let a: ReturnType<typeof counted>;
  let b: ReturnType<typeof counted>;
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
    log = [];
    [a, b] = [counted('a', log), counted('b', log)];
  });
  afterEach(() => {
    a.dispose();
    b.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
  const composed = (more: Partial<MethodCalls> = {}): Method => composeMethod({ encoder, a, b }, { ...calls, ...more });

  it('forwards every hook of every part once, in their order, and then the own ones', async () => {
    const method = composed({
      beforeStep: ({ step }) => log.push(`own.beforeStep ${step}`),
      afterStep: ({ step }) => log.push(`own.afterStep ${step}`),
      frozen: () => ['own'],
      epochMetrics: () => ({ ownUsage: 1, aUsage: 2 }),
    });
    await method.beforeEpoch?.(progress, pass);
    method.beforeStep?.(progress);
    method.afterStep?.(progress);
    expect(log).toEqual([
      'a.beforeEpoch 3',
      'a saw 1,2 of 8,9',
      'b.beforeEpoch 3',
      'b saw 1,2 of 8,9',
      'a.beforeStep 3',
      'b.beforeStep 3',
      'own.beforeStep 3',
      'a.afterStep 3',
      'b.afterStep 3',
      'own.afterStep 3',
    ]);
    expect(method.frozen?.(progress)).toEqual(['a/w at 3', 'b/w at 3', 'own']);
    expect(method.epochMetrics?.()).toEqual({ aUsage: 2, bUsage: 0.5, ownUsage: 1 });
  });

  it('forwards every hook that a method may have', () => {
    const hooks = Object.keys(composed()).filter((key) => !['representation', 'embed', 'loss'].includes(key));
    expect(hooks.sort()).toEqual(
      Object.keys({ ...a })
        .filter((key) => key !== 'restored')
        .sort(),
    );
  });

  it('has the variables and buffers of all parts, and disposes all', () => {
    const method = composed();
    expect(method.variables().map(({ name }) => name)).toEqual(['a/w', 'b/w']);
    expect(method.buffers().map(({ name }) => name)).toEqual(['a/mean', 'b/mean']);
    method.dispose();
    expect(log).toEqual(['a.dispose', 'b.dispose']);
  });

  it("keeps the parts' states apart, and hands each its own", () => {
    const method = composed();
    const { tensors, json } = method.state();
    expect(Object.keys(tensors)).toEqual(['a/queue', 'past of a', 'b/queue', 'past of b']);
    method.restore({ tensors, json: JSON.parse(JSON.stringify(json)) as typeof json });
    expect(a.restored).toEqual([{ of: 'a' }, 'a/queue -1', 'past of a 1']);
    expect(b.restored).toEqual([{ of: 'b' }, 'b/queue -1', 'past of b 1']);
  });

  it('of a single part with a state that is the state', () => {
    const method = composeMethod({ encoder, a }, calls);
    expect(method.state()).toEqual(a.state?.());
    method.restore({ tensors: {}, json: 5 });
    expect(a.restored).toEqual([5]);
  });

  const of = (...tensors: readonly string[]) => ({ tensors: [...tensors], json: null });
  it.each([
    ['no state of a part', [], { a: of() }, /no part 'b'/],
    ['a part more', [], { a: of(), b: of(), c: of() }, /part 'c'/],
    ['a tensor of nobody', ['x'], { a: of(), b: of() }, /tensor 'x' is no part's/],
    ['a tensor less', [], { a: of('x'), b: of() }, /no tensor 'x'/],
    ['no parts', [], null, /a, b: .*no part 'a'/],
  ])('refuses a state with %s, and restores nothing', (_name, names, json, says) => {
    const saved = Object.fromEntries(names.map((name) => [name, tf.scalar(1)]));
    const code = codeOf(() => {
      composed().restore({ tensors: saved, json });
    });
    expect(code).toMatch(/^E_STATE_MISMATCH/);
    expect(code).toMatch(says);
    expect([...a.restored, ...b.restored]).toEqual([]);
    tf.dispose(saved);
  });

  it('goes over the data through the head, or as it is told, and frees what it makes', async () => {
    const kept = tf.memory().numTensors;
    await composeMethod({ encoder, head: scaling(10), a }, calls).beforeEpoch?.(progress, pass);
    await composeMethod({ encoder, head: scaling(10), a }, { ...calls, project: (h) => tf.neg(h) }).beforeEpoch?.(
      progress,
      pass,
    );
    expect(log.filter((line) => line.includes('saw'))).toEqual(['a saw 10,20 of 8,9', 'a saw -1,-2 of 8,9']);
    expect(tf.memory().numTensors).toBe(kept);
  });

  it('evaluates the encoder unless told otherwise, and its calls are the own ones', () => {
    const teacher = scaling(2);
    expect(composed().representation).toBe(encoder);
    expect(composed({ representation: teacher }).representation).toBe(teacher);
    tf.tidy(() => {
      const forward = evaluationForward();
      expect(composed().embed([], forward)).toEqual({ features: [], embeddings: {} });
      const { loss } = composed().loss({}, {}, forward);
      expect(loss.dataSync()[0]).toBe(7);
    });
  });

  it('calls hooks as methods of their parts', () => {
    class Stateful implements ComposedPart {
      readonly #seen: number[] = [];
      beforeStep({ step }: Progress): void {
        this.#seen.push(step);
      }
      epochMetrics(): Record<string, number> {
        return { seen: this.#seen.length };
      }
      dispose(): void {
        this.#seen.length = 0;
      }
    }
    const method = composeMethod({ encoder, stateful: new Stateful() }, calls);
    method.beforeStep?.(progress);
    method.beforeStep?.(progress);
    expect(method.epochMetrics?.()).toEqual({ seen: 2 });
  });

  it('refuses two variables of one name, and two tensors of states', () => {
    expect(codeOf(() => composeMethod({ encoder, a, again: a }, calls))).toMatch(/^E_VARIABLE_DUPLICATE: .*'a\/w'/);
    const again: ComposedPart = { state: () => a.state?.() ?? { tensors: {}, json: null }, dispose: () => undefined };
    expect(codeOf(() => composeMethod({ encoder, a, again }, calls))).toMatch(/^E_VARIABLE_DUPLICATE: .*'a\/queue'/);
  });
});
