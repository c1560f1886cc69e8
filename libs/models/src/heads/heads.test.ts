import { isTesseraError, rootKey, singleProcess, type Head } from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainingForward } from '../testdata/tiny-forward.ts';
import { linearHead } from './linear.ts';
import { mlpHead } from './mlp.ts';
import { noHead } from './none.ts';

const context = { key: rootKey(1), inDim: 6, scope: 'head', data: { size: 6 } };

beforeAll(async () => {
  await openEngine('cpu');
});

const names = (head: Head): string[] => head.variables().map(({ name }) => name);

function shapes(options: object): Record<string, readonly number[]> {
  const head = mlpHead.build(options, context);
  const result = Object.fromEntries(head.variables().map(({ name, variable }) => [name, variable.shape]));
  head.dispose();
  return result;
}

describe('mlp', () => {
  test('names and shapes are those of nn.Sequential', () => {
    expect(shapes({ out: 3 })).toEqual({
      'head/0.weight': [6, 6],
      'head/0.bias': [6],
      'head/2.weight': [6, 3],
      'head/2.bias': [3],
    });
    expect(shapes({ out: 3, hidden: 8, batchNorm: 'hidden' })).toEqual({
      'head/0.weight': [6, 8],
      'head/0.bias': [8],
      'head/1.weight': [8],
      'head/1.bias': [8],
      'head/3.weight': [8, 3],
      'head/3.bias': [3],
    });
    expect(Object.keys(shapes({ layers: 3, batchNorm: 'all' }))).toEqual(
      ['0.weight', '1.weight', '1.bias', '3.weight', '4.weight', '4.bias', '6.weight', '7.weight'].map(
        (name) => `head/${name}`,
      ),
    );
    expect(Object.keys(shapes({ batchNorm: 'all', outputShift: true }))).toEqual(
      ['0.weight', '1.weight', '1.bias', '3.weight', '4.weight', '4.bias'].map((name) => `head/${name}`),
    );
    expect(Object.keys(shapes({ batchNorm: 'all', outputScale: false }))).toEqual(
      ['0.weight', '1.weight', '1.bias', '3.weight'].map((name) => `head/${name}`),
    );
    expect(Object.keys(shapes({ layers: 1, batchNorm: 'hidden' }))).toEqual(['head/0.weight', 'head/0.bias']);
  });

  test('an option that would do nothing is refused', () => {
    const issue = (options: object): string => {
      try {
        mlpHead.parse(options);
      } catch (error) {
        return isTesseraError(error) ? `${error.code} ${error.message}` : String(error);
      }
      return 'none';
    };
    expect(issue({ outputShift: true, batchNorm: 'hidden' })).toMatch(
      /^E_OPTION_INVALID .*outputShift.*batchNorm is hidden/,
    );
    expect(issue({ outputScale: false, batchNorm: 'none' })).toMatch(
      /^E_OPTION_INVALID .*outputScale.*batchNorm is none/,
    );
    expect(issue({ norm: 'layer' })).toMatch(/^E_OPTION_INVALID .*norm.*batchNorm is none/);
    expect(issue({ norm: 'layer', batchNorm: 'hidden' })).toBe('none');
  });

  test.each(['batch', 'shuffled', 'layer'])(
    'outputScale false: the output of %s norm is normalised, no more',
    (norm) => {
      const head = mlpHead.build({ batchNorm: 'all', outputScale: false, norm, out: 3 }, context);
      tf.tidy(() => {
        const z = head.apply(
          tf.randomNormal<tf.Rank.R2>([8, 6], 0, 1, 'float32', 7),
          trainingForward(new UpdateCollector()),
        );
        const axis = norm === 'layer' ? 1 : 0;
        const { mean, variance } = tf.moments(norm === 'shuffled' ? tf.slice(z, [0, 0], [8, 3]) : z, axis);
        expect(tf.max(tf.abs(mean)).dataSync()[0]).toBeLessThan(1e-5);
        expect(tf.max(tf.abs(tf.sub(variance, 1))).dataSync()[0]).toBeLessThan(1e-2);
      });
      head.dispose();
    },
  );

  test('computes linear, relu, linear', () => {
    const head = mlpHead.build({ out: 3 }, context);
    tf.tidy(() => {
      const h = tf.randomNormal<tf.Rank.R2>([4, 6], 0, 1, 'float32', 7);
      const [w0, b0, w2, b2] = head.variables().map(({ variable }) => variable);
      if (!w0 || !b0 || !w2 || !b2) throw new Error('four variables expected');
      const hidden = tf.relu(tf.add(tf.matMul(h, w0), b0));
      const expected = tf.add(tf.matMul(hidden, w2), b2);
      const distance = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN;
      expect(distance(head.apply(h, evaluationForward()), expected)).toBeLessThan(1e-6);
      expect(distance(head.apply(h, evaluationForward(), 1), hidden)).toBeLessThan(1e-6);
      expect(distance(head.apply(h, evaluationForward(), 0), h)).toBe(0);
    });
    head.dispose();
  });

  test.each(['none', 'hidden', 'all'])('trains without leaking, batch norm %s', (batchNorm) => {
    const before = tf.memory().numTensors;
    const head = mlpHead.build({ batchNorm, layers: 3 }, context);
    const updates = new UpdateCollector();
    const h = tf.randomNormal<tf.Rank.R2>([5, 6], 0, 1, 'float32', 3);
    const trained = tf.memory().numTensors;
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.square(head.apply(h, { ...trainingForward(updates), collective: singleProcess }))),
      head.variables().map(({ variable }) => variable),
    );
    expect(Object.keys(grads)).toHaveLength(head.variables().length);
    updates.commit();
    tf.dispose([value, grads]);
    expect(tf.memory().numTensors).toBe(trained);
    h.dispose();
    head.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('an impossible depth is refused', () => {
    expect(() => mlpHead.build({ layers: 4 }, context)).toThrow("'head.options.layers' is 4");
  });
});

test('linear and none', () => {
  const linear = linearHead.build({ out: 3, bias: false }, context);
  expect(names(linear)).toEqual(['head/weight']);
  const none = noHead.build({}, context);
  expect(none.outDim).toBe(6);
  const h = tf.ones<tf.Rank.R2>([2, 6]);
  const z = none.apply(h, evaluationForward());
  expect(linear.apply(z, evaluationForward()).shape).toEqual([2, 3]);
  z.dispose();
  expect([...h.dataSync()]).toEqual(Array(12).fill(1));
  h.dispose();
  linear.dispose();
});

test('the features stay with the caller', () => {
  const head = mlpHead.build({}, context);
  const h = tf.ones<tf.Rank.R2>([2, 6]);
  const same = head.apply(h, evaluationForward(), 0);
  same.dispose();
  expect(h.isDisposed).toBe(false);
  expect(h.dataSync()[0]).toBe(1);
  h.dispose();
  head.dispose();
});
