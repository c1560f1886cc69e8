/**
 * The framework kernels: every engine must give the values and the gradients that the composed formulas give in plain JavaScript,
 * whether it has a kernel for them or not. (The formulas themselves are held to reference implementations beside where they stand.)
 */
import { engineNames, inspectEngines, openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameworkCases, type FrameworkCase } from '../testing/framework-cases.ts';

interface Numbers {
  readonly what: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Element weights that tell outputs apart in a sum. */
function weightedSum({ run }: FrameworkCase, inputs: readonly Tensor[]): Scalar {
  const out = [run(...inputs)].flat()[0];
  if (!out) throw new Error('an operation without output');
  const weights = Float32Array.from({ length: out.size }, (_, i) => Math.sin(i + 1));
  return tf.sum(tf.mul(out, tf.tensor(weights, out.shape)));
}

function numbersOf(one: FrameworkCase): Numbers[] {
  const found: Numbers[] = [];
  tf.tidy(() => {
    const inputs = one.inputs();
    [one.run(...inputs)].flat().forEach((x, i) => found.push(numbers(`output ${i}`, x)));
    if (inputs.length === 0) return;
    const grads = tf.grads((...x: Tensor[]) => weightedSum(one, x))(inputs);
    grads.forEach((g, i) => found.push(numbers(`gradient ${i}`, g)));
  });
  return found;
}

const numbers = (what: string, x: Tensor): Numbers => ({ what, shape: x.shape, values: [...x.dataSync()] });

const reports = await inspectEngines();
const expected = new Map<string, Numbers[]>();
beforeAll(async () => {
  await openEngine('cpu');
  for (const one of frameworkCases) expected.set(one.name, numbersOf(one));
});

function compare(one: FrameworkCase): void {
  const before = tf.memory().numTensors;
  const got = numbersOf(one);
  expect(tf.memory().numTensors).toBe(before);
  for (const [i, { what, shape, values }] of (expected.get(one.name) ?? []).entries()) {
    expect({ what: got[i]?.what, shape: got[i]?.shape }).toEqual({ what, shape });
    const largest = Math.max(1e-3, ...values.map(Math.abs));
    const worst = Math.max(0, ...values.map((value, j) => Math.abs((got[i]?.values[j] ?? NaN) - value)));
    expect(worst / largest, what).toBeLessThan(1e-5);
  }
}

describe.each(engineNames)('the %s engine', (engine) => {
  describe.skipIf(!reports.some(({ name, available }) => name === engine && available))('where it loads', () => {
    beforeAll(async () => {
      await openEngine(engine);
    });

    it.each(frameworkCases)('$name', compare);
  });
});

describe.skipIf(!reports.some(({ name, available }) => name === 'torch' && available))('the torch engine', () => {
  const ran = new Set<string>();
  beforeAll(async () => {
    await openEngine('torch');
  });

  it.each(frameworkCases)('runs its own kernels for $name', async (one) => {
    const { kernelNames } = await tf.profile(() => {
      numbersOf(one);
      return tf.scalar(0);
    });
    expect(kernelNames).toEqual(expect.arrayContaining([...one.kernels]));
    kernelNames.forEach((name) => ran.add(name));
  });

  it('has no kernel that no case runs', () => {
    const own = tf.getKernelsForBackend('torch').map(({ kernelName }) => kernelName);
    expect(own.filter((name) => name.startsWith('Tessera') && !ran.has(name))).toEqual([]);
  });

  describe('on the path of other devices', () => {
    const generic = (on: boolean): unknown => {
      const { native } = tf.backend() as unknown as { native: { setGenericPaths: (on: boolean) => number } };
      return native.setGenericPaths(on);
    };
    beforeAll(() => {
      generic(true);
    });
    afterAll(() => {
      generic(false);
    });

    it.each(frameworkCases)('$name', compare);
  });

  it('takes the mask of a relu after batch norm from x and beta, without y', async () => {
    const one = frameworkCases.find(({ name }) => name === 'batch norm, relu');
    const { kernels } = await tf.profile(() => {
      if (one) numbersOf(one);
      return tf.scalar(0);
    });
    const gradient = kernels.find(({ name }) => name === 'TesseraBatchNormTrainGrad');
    expect(gradient?.inputShapes).toEqual([[2, 3, 2, 20], [2, 3, 2, 20], [20], [20], [20], [20]]);
  });
});
