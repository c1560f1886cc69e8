import { isTesseraError, type NamedVariable, type Optimizer } from '@tessera/core';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { optimPlugin } from '../plugin.ts';
import { adamwOptimizer } from './adamw.ts';
import { larcOptimizer } from './larc.ts';
import { larsOptimizer } from './lars.ts';

const optimizers = optimPlugin.extensions.filter((extension) => extension.kind === 'optimizer');
let variables: NamedVariable[] = [];

beforeEach(() => {
  variables = [
    { name: 'encoder/conv1.weight', variable: tf.variable(tf.tensor1d([1, -2, 3])), role: 'weight' },
    { name: 'encoder/bn1.bias', variable: tf.variable(tf.zeros([2])), role: 'norm' },
  ];
});

afterEach(() => {
  tf.dispose(variables.map(({ variable }) => variable));
});

const read = (): number[][] => variables.map(({ variable }) => [...variable.dataSync()]);

function step(optimizer: Optimizer, scale: number): void {
  const grads = {
    'encoder/conv1.weight': tf.tensor1d([0.3, 0.1, -0.2].map((g) => g * scale)),
    'encoder/bn1.bias': tf.tensor1d([0.1, scale]),
  };
  optimizer.update(grads, { learningRate: 0.1 });
  tf.dispose(grads);
}

function codeOf(run: () => void): string | undefined {
  try {
    run();
  } catch (error) {
    return isTesseraError(error) ? error.code : String(error);
  }
  return undefined;
}

await describeEngines(['cpu', 'torch'], () => {
  describe.each(optimizers)('$name', (extension) => {
    const build = (): Optimizer => extension.build({ weightDecay: 0.1 }, { variables });

    test('resumes exactly', () => {
      const first = build();
      step(first, 1);
      step(first, -0.5);
      const saved = {
        tensors: Object.fromEntries(
          Object.entries(first.state().tensors).map(([name, slot]) => [
            name,
            tf.tensor(slot.dataSync().slice(), slot.shape),
          ]),
        ),
        json: first.state().json,
      };
      const weights = read();
      step(first, 2);
      const expected = read();
      variables.forEach(({ variable }, i) => {
        variable.assign(tf.tensor1d(weights[i] ?? []));
      });
      const second = build();
      second.restore(saved);
      step(second, 2);
      expect(read()).toEqual(expected);
      first.dispose();
      second.dispose();
      tf.dispose(saved.tensors);
    });

    test('leaves a variable without gradient alone', () => {
      const optimizer = build();
      const before = read()[0];
      const grads = { 'encoder/bn1.bias': tf.tensor1d([1, 1]) };
      optimizer.update(grads, { learningRate: 0.1 });
      expect(read()[0]).toEqual(before);
      expect(read()[1]).not.toEqual([0, 0]);
      expect(optimizer.state().json).toEqual({ steps: { 'encoder/bn1.bias': 1 } });
      optimizer.dispose();
      tf.dispose(grads);
    });

    test('trap 36: moves a variable of norm 0, and survives a zero gradient', () => {
      const optimizer = build();
      step(optimizer, 0);
      step(optimizer, 1);
      expect(read().flat().every(Number.isFinite)).toBe(true);
      expect(read()[1]?.every((value) => value < 0)).toBe(true);
      optimizer.dispose();
    });

    test('rejects what does not fit', () => {
      const optimizer = build();
      const stray = tf.tensor1d([1]);
      expect(
        codeOf(() => {
          optimizer.update({ 'head/0.weight': stray }, { learningRate: 0.1 });
        }),
      ).toBe('E_GRADIENT_UNKNOWN');
      expect(
        codeOf(() => {
          optimizer.update({ 'encoder/conv1.weight': stray }, { learningRate: 0.1 });
        }),
      ).toBe('E_GRADIENT_SHAPE');
      expect(
        codeOf(() => {
          optimizer.restore({ tensors: {}, json: { steps: {} } });
        }),
      ).toBe('E_STATE_MISMATCH');
      expect(
        codeOf(() => {
          optimizer.restore({ tensors: optimizer.state().tensors, json: null });
        }),
      ).toBe('E_STATE_MISMATCH');
      expect(
        codeOf(() => {
          optimizer.restore({ tensors: optimizer.state().tensors, json: { steps: { other: 1 } } });
        }),
      ).toBe('E_STATE_MISMATCH');
      optimizer.dispose();
      stray.dispose();
    });

    test('frees its slots', () => {
      const tensors = tf.memory().numTensors;
      const optimizer = build();
      step(optimizer, 1);
      optimizer.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });

  test.each([larsOptimizer, larcOptimizer])('trap 36: $name does not adapt where the weights are 0', (extension) => {
    const optimizer = extension.build({ weightDecay: 0.1, exclude: [] }, { variables });
    const grads = { 'encoder/bn1.bias': tf.tensor1d([2, -1]) };
    optimizer.update(grads, { learningRate: 0.1 });
    read()[1]?.forEach((value, i) => {
      expect(value).toBeCloseTo([-0.2, 0.1][i] ?? NaN, 6);
    });
    optimizer.dispose();
    tf.dispose(grads);
  });

  test('trap 36: a new learning rate acts with memory in LARS, at once in LARC', () => {
    const moved = [larsOptimizer, larcOptimizer].map((extension) => {
      const { variable, name } = variables[1] ?? {};
      if (!variable || name === undefined) throw new Error('two variables expected');
      tf.tidy(() => {
        variable.assign(tf.zeros([2]));
      });
      const optimizer = extension.build({ momentum: 0.9, exclude: ['norm'] }, { variables });
      const grads = { [name]: tf.tensor1d([1, 1]) };
      optimizer.update(grads, { learningRate: 1 });
      optimizer.update(grads, { learningRate: 0 });
      optimizer.dispose();
      tf.dispose(grads);
      return read()[1]?.[0];
    });
    expect(moved[0]).toBeCloseTo(-1.9, 6);
    expect(moved[1]).toBeCloseTo(-1, 6);
  });

  test('larc with a clip, at rate 0: momentum takes the whole gradient, as min(ratio / 0, 1) of apex says', () => {
    const { variable, name } = variables[0] ?? {};
    if (!variable || name === undefined) throw new Error('a variable expected');
    const optimizer = larcOptimizer.build({ clip: true, weightDecay: 0.1, momentum: 0.5 }, { variables });
    const w = [1, -2, 3];
    const g = [0.3, 0.1, -0.2];
    const grads = { [name]: tf.tensor1d(g) };
    optimizer.update(grads, { learningRate: 0 });
    expect(read()[0]).toEqual(w);
    optimizer.update(grads, { learningRate: 1 });
    const norm = (x: readonly number[]): number => Math.hypot(...x);
    const ratio = (1e-3 * norm(w)) / (norm(g) + 0.1 * norm(w));
    read()[0]?.forEach((value, i) => {
      const push = (g[i] ?? NaN) + 0.1 * (w[i] ?? NaN);
      expect(value).toBeCloseTo((w[i] ?? NaN) - push * (0.5 + ratio), 6);
    });
    optimizer.dispose();
    tf.dispose(grads);
  });

  test('the first step of adamw is the rate itself, to the last bits: 1 - beta2 is not rounded before it is subtracted', () => {
    const { variable, name } = variables[0] ?? {};
    if (!variable || name === undefined) throw new Error('a variable expected');
    tf.tidy(() => {
      variable.assign(tf.zeros([3]));
    });
    const optimizer = adamwOptimizer.build({ weightDecay: 0 }, { variables });
    const grads = { [name]: tf.tensor1d([0.3, -20, 1]) };
    optimizer.update(grads, { learningRate: 1 });
    read()[0]?.forEach((value, i) => {
      expect(Math.abs(value - ([-1, 1, -1][i] ?? NaN))).toBeLessThan(1e-6);
    });
    optimizer.dispose();
    tf.dispose(grads);
  });

  test('sgd and adamw leave excluded roles undecayed', () => {
    const decayed = variables[0];
    for (const extension of optimizers.filter(({ name }) => name === 'sgd' || name === 'adamw')) {
      for (const exclude of [[], ['weight']]) {
        decayed?.variable.assign(tf.tensor1d([1, 1, 1]));
        const optimizer = extension.build({ weightDecay: 0.5, exclude }, { variables });
        const grads = { 'encoder/conv1.weight': tf.zeros([3]) };
        optimizer.update(grads, { learningRate: 0.1 });
        expect(read()[0]?.[0]).toBeCloseTo(exclude.length === 0 ? 0.95 : 1, 6);
        optimizer.dispose();
        tf.dispose(grads);
      }
    }
  });
});
