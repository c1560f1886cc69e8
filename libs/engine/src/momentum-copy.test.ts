import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { isTesseraError } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectEngines, MomentumCopy, openEngine, type CopiedNetwork } from './index.ts';

type Nested = number | readonly Nested[];
type Named = Readonly<Record<string, Nested>>;

interface Case {
  readonly kind: string;
  readonly update: 'before-optimizer-step' | 'after-optimizer-step';
  readonly online: Named;
  readonly target: Named;
  readonly steps: readonly { readonly momentum: number; readonly onlineDelta: Named; readonly targetAfter: Named }[];
}

const { cases } = JSON.parse(readFileSync(new URL('./testdata/ema.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};
const available = (await inspectEngines()).filter((report) => report.available).map(({ name }) => name);

const numbers = (x: Tensor): number[] => [...x.dataSync()];
const tensor = (values: Nested): Tensor => tf.tensor(values);

/** A network of these variables, with a running mean. */
function network(scope: string, values: Named, mean = [0, 0]): CopiedNetwork & { mean: Variable } {
  const own = (make: () => Tensor): Variable => tf.tidy(() => tf.variable(make()));
  const variables = Object.entries(values).map(([name, value]) => ({
    name: `${scope}/${name}`,
    role: 'weight' as const,
    variable: own(() => tensor(value)),
  }));
  const running = own(() => tf.tensor1d(mean));
  return {
    mean: running,
    variables: () => variables,
    buffers: () => [{ name: `${scope}/mean`, variable: running }],
    dispose: () => {
      tf.dispose([running, variables.map(({ variable }) => variable)]);
    },
  };
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt();
    return '';
  } catch (error) {
    return isTesseraError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

describe.each(available)('a momentum copy on %s', (engine) => {
  beforeAll(async () => {
    await openEngine(engine);
  });

  it.each(cases)('moves as the reference: $kind, $update', ({ update, online, target, steps }) => {
    const before = tf.memory().numTensors;
    const source = network('online', online);
    const followed = network('target', online);
    const copy = new MomentumCopy(source, followed);
    // DeepMind's target starts from other weights.
    tf.tidy(() => {
      for (const { name, variable } of followed.variables())
        variable.assign(tensor(target[name.replace('target/', '')] ?? NaN));
    });
    for (const { momentum, onlineDelta, targetAfter } of steps) {
      if (update === 'before-optimizer-step') copy.update(momentum);
      tf.tidy(() => {
        for (const { name, variable } of source.variables())
          variable.assign(tf.add(variable, tensor(onlineDelta[name.replace('online/', '')] ?? NaN)));
        source.mean.assign(tf.add(source.mean, 1)); // nobody averages buffers
      });
      if (update === 'after-optimizer-step') copy.update(momentum);
      for (const { name, variable } of followed.variables()) {
        const expected = [targetAfter[name.replace('target/', '')] ?? NaN].flat(2) as number[];
        numbers(variable).forEach((value, i) => {
          const want = expected[i] ?? NaN;
          expect(Math.abs(value - want) / Math.max(1, Math.abs(want)), name).toBeLessThan(1e-6);
        });
      }
      expect(numbers(followed.mean)).toEqual([0, 0]);
    }
    copy.dispose();
    source.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('starts as a copy, buffers included, that does not follow what the source does next', () => {
    const source = network('online', { w: [1, 2, 3], b: 4 }, [5, 6]);
    const target = network('target', { w: [0, 0, 0], b: 0 });
    const copy = new MomentumCopy(source, target);
    const read = (): number[][] => copy.buffers().map(({ variable }) => numbers(variable));
    expect(read()).toEqual([[1, 2, 3], [4], [5, 6]]);
    tf.tidy(() => {
      for (const { variable } of [...source.variables(), ...source.buffers()]) variable.assign(tf.zerosLike(variable));
    });
    expect(read()).toEqual([[1, 2, 3], [4], [5, 6]]);
    copy.dispose();
    source.dispose();
  });

  it('copies at momentum 0, keeps at 1, and what is equal stays equal, to the last digit', () => {
    const values = Array.from({ length: 1000 }, (_, i) => Math.sin(i + 1) / 3);
    const others = Array.from({ length: 1000 }, (_, i) => 7 * Math.cos(i + 1));
    const source = network('online', { w: values });
    const target = network('target', { w: others });
    const copy = new MomentumCopy(source, target);
    const [w] = target.variables();
    const [online] = source.variables();
    if (!w || !online) throw new Error('no variables');
    const same = numbers(online.variable);
    for (const momentum of [0, 0.3, 0.996, 0.9999, 1]) copy.update(momentum);
    expect(numbers(w.variable)).toEqual(same);
    tf.tidy(() => {
      w.variable.assign(tf.tensor1d(others));
    });
    const other = numbers(w.variable);
    copy.update(1);
    expect(numbers(w.variable)).toEqual(other);
    copy.update(0);
    expect(numbers(w.variable)).toEqual(same);
    copy.dispose();
    source.dispose();
  });

  it('leaves tensors that share its memory, and the source, as they were', () => {
    const source = network('online', { w: [1, 2] });
    const target = network('target', { w: [0, 0] });
    const copy = new MomentumCopy(source, target);
    const variable = target.variables()[0]?.variable as Tensor;
    const [clone, view] = [tf.clone(variable), tf.reshape(variable, [2, 1])];
    tf.tidy(() => {
      for (const { variable: online } of source.variables()) online.assign(tf.tensor1d([3, 4]));
    });
    copy.update(0.5);
    expect(numbers(variable)).toEqual([2, 3]);
    expect([numbers(clone), numbers(view)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(source.variables().map(({ variable: online }) => numbers(online))).toEqual([[3, 4]]);
    tf.dispose([clone, view]);
    copy.dispose();
    source.dispose();
  });

  it('follows several networks in one call of the kernel, and a filter whatever its memory order', async () => {
    const filter = Array.from({ length: 3 * 3 * 2 * 4 }, (_, i) => Math.sin(i));
    const shaped = (scope: string): CopiedNetwork => {
      const variable = tf.tidy(() => tf.variable(tf.tensor4d(filter, [3, 3, 2, 4])));
      return {
        variables: () => [{ name: `${scope}/filter`, role: 'weight', variable }],
        buffers: () => [],
        dispose: () => {
          variable.dispose();
        },
      };
    };
    const [encoder, head] = [shaped('encoder'), network('head', { w: [1] })];
    const copy = new MomentumCopy([encoder, head], [shaped('target'), network('targetHead', { w: [1] })]);
    const own = (part: CopiedNetwork): Tensor => part.variables()[0]?.variable as Tensor;
    // A convolution may reorder its filter in memory.
    tf.tidy(() => tf.conv2d(tf.ones<tf.Rank.R4>([1, 5, 5, 2]), own(encoder) as tf.Tensor4D, 1, 1).dataSync());
    tf.tidy(() => {
      for (const { variable } of encoder.variables()) variable.assign(tf.add(variable, 1));
    });
    const { kernelNames } = await tf.profile(() => {
      copy.update(0.75);
      return tf.scalar(0);
    });
    if (engine === 'torch') expect(kernelNames.filter((name) => name === 'TesseraMomentumAverage')).toHaveLength(1);
    const [moved] = copy.buffers();
    numbers(moved?.variable as Tensor).forEach((value, i) => {
      expect(value).toBeCloseTo(Math.sin(i) + 0.25, 5);
    });
    copy.dispose();
    for (const part of [encoder, head]) part.dispose();
  });

  it('trains nothing: no variables, no gradient, buffers for checkpoints', () => {
    const source = network('online', { w: [1, 2] });
    const target = network('target', { w: [0, 0] });
    const copy = new MomentumCopy(source, target);
    expect(copy.variables()).toEqual([]);
    expect(copy.buffers().map(({ name }) => name)).toEqual(['target/w', 'target/mean']);
    const w = source.variables()[0]?.variable as Variable;
    const own = target.variables()[0]?.variable as Variable;
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => {
        const loss = tf.sum<tf.Scalar>(tf.mul(w, own));
        copy.update(0.5); // out of place here, and still without a trace on the tape
        return loss;
      });
      expect(Object.keys(grads)).not.toContain(own.name);
      expect(numbers(grads[w.name] as Tensor)).toEqual([1, 2]);
    });
    copy.dispose();
    source.dispose();
  });

  it.each([NaN, -0.1, 1.1, Infinity])('refuses the momentum %s', (momentum) => {
    const source = network('online', { w: [1] });
    const copy = new MomentumCopy(source, network('target', { w: [1] }));
    expect(
      codeOf(() => {
        copy.update(momentum);
      }),
    ).toMatch(/^E_MOMENTUM_RANGE: .*0 to 1/);
    copy.dispose();
    source.dispose();
  });

  it('refuses a target that is not like its source, and changes nothing', () => {
    const source = network('online', { w: [1, 2], b: 3 });
    const attempt = (target: CopiedNetwork): string => {
      const before = target.variables().map(({ variable }) => numbers(variable));
      const code = codeOf(() => new MomentumCopy(source, target));
      expect(target.variables().map(({ variable }) => numbers(variable))).toEqual(before);
      return code;
    };
    const others = [network('target', { w: [9, 9] }), network('target', { w: [9, 9, 9], b: 0 })];
    expect(others.map(attempt)).toEqual([
      expect.stringMatching(/^E_MOMENTUM_COPY: .*1 variables.*has 2/),
      expect.stringMatching(/^E_MOMENTUM_COPY: .*'target\/w' is \[3\], 'online\/w' is \[2\]/),
    ]);
    expect(attempt(source)).toMatch(/^E_MOMENTUM_COPY: .*follow itself/);
    for (const part of [source, ...others]) part.dispose();
  });
});
