import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  currentPrecision,
  holdConstants,
  inspectEngines,
  openEngine,
  withoutGradient,
  withPrecision,
} from './index.ts';

const numbers = (x: Tensor): number[] => [...x.dataSync()];
const sum = (x: Tensor): Scalar => tf.sum(x);
const available = (await inspectEngines()).filter((report) => report.available).map(({ name }) => name);

describe.each(available)('withoutGradient on %s', (engine) => {
  beforeAll(async () => {
    await openEngine(engine);
  });

  it('has the value and is a constant: x * stop(x) has the gradient x', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([2, -3]);
      const { value, grad } = tf.valueAndGrad((y: Tensor) =>
        sum(
          tf.mul(
            y,
            withoutGradient(() => tf.square(y)),
          ),
        ),
      )(x);
      expect(value.dataSync()[0]).toBeCloseTo(8 - 27, 5);
      expect(numbers(grad)).toEqual([4, 9]);
    });
  });

  it('stops what it hands on as well: an input, one that was recorded before, a variable', () => {
    const v = tf.tidy(() => tf.variable(tf.tensor1d([5, 7])));
    tf.tidy(() => {
      const x = tf.tensor1d([2, 3]);
      const direct = tf.grad((y: Tensor) =>
        sum(
          tf.mul(
            y,
            withoutGradient(() => y),
          ),
        ),
      )(x);
      expect(numbers(direct)).toEqual([2, 3]);
      const recorded = tf.grad((y: Tensor) => {
        const twice = tf.mul(y, 2);
        // The tensor itself keeps its way back.
        return sum(
          tf.add(
            tf.mul(
              twice,
              withoutGradient(() => twice),
            ),
            twice,
          ),
        );
      })(x);
      expect(numbers(recorded)).toEqual([2 * 4 + 2, 2 * 6 + 2]);
      const { grads } = tf.variableGrads(
        () =>
          sum(
            tf.mul(
              v,
              withoutGradient(() => v as Tensor),
            ),
          ),
        [v],
      );
      expect(numbers(grads[v.name] as Tensor)).toEqual([5, 7]);
    });
    v.dispose();
  });

  it('takes tensors in arrays and objects, and hands back what is none', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([2, 3]);
      const grad = tf.grad((y: Tensor) => {
        const { views, text, none } = withoutGradient(() => ({ views: [[y], [tf.neg(y)]], text: 'a', none: null }));
        expect([text, none]).toEqual(['a', null]);
        return sum(tf.mul(y, tf.addN(views.flat().map((view) => tf.square(view)))));
      })(x);
      expect(numbers(grad)).toEqual([8, 18]);
    });
  });

  it('lets gradients be taken within, and those without go on', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([2, 3]);
      const grad = tf.grad((y: Tensor) => {
        const cubed = tf.mul(tf.square(y), y);
        const inner = withoutGradient(() => tf.grad((z: Tensor) => sum(tf.square(z)))(y)); // 2 y
        return sum(tf.mul(cubed, inner));
      })(x);
      expect(numbers(grad)).toEqual([3 * 4 * 4, 3 * 9 * 6]);
    });
  });

  it('goes on recording after a throw', () => {
    tf.tidy(() => {
      const grad = tf.grad((y: Tensor) => {
        expect(() =>
          withoutGradient(() => {
            throw new Error('no');
          }),
        ).toThrow('no');
        return sum(tf.square(y));
      })(tf.tensor1d([2, 3]));
      expect(numbers(grad)).toEqual([4, 6]);
    });
  });

  it('keeps the precision in force, and frees what it does not return', () => {
    const scopes: string[] = [];
    const x = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    withPrecision('bf16', () => {
      const outside = currentPrecision();
      withoutGradient(() => {
        scopes.push(outside, currentPrecision());
      });
    });
    expect(scopes[1]).toBe(scopes[0]);
    const y = withoutGradient(() => tf.square(tf.add(tf.mul(x, 2), 1)));
    expect(numbers(y)).toEqual([9, 25]);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([x, y]);
  });
});

it.skipIf(!available.includes('torch'))('computes in bf16 within a bf16 scope, on torch', async () => {
  await openEngine('torch');
  tf.tidy(() => {
    const x = tf.fill<tf.Rank.R2>([2, 2], 1 + 2 ** -12);
    const product = (): Tensor2D => tf.matMul(x, tf.eye(2));
    const exact = withPrecision('f32', () => numbers(withoutGradient(product)));
    const rounded = withPrecision('bf16', () => numbers(withoutGradient(product)));
    expect(exact[0]).toBe(1 + 2 ** -12);
    expect(rounded[0]).toBe(1);
  });
});

it('constants that are held are those of the first run, in the order of the calls, and are freed', async () => {
  await openEngine('cpu');
  const before = tf.memory().numTensors;
  const constants = holdConstants();
  let x = 2;
  const loss = (): number =>
    tf.tidy(() => {
      const [nested, second] = [
        withoutGradient(() => [
          tf.mul(
            withoutGradient(() => tf.scalar(x)),
            10,
          ),
        ]),
        withoutGradient(() => tf.scalar(-x)),
      ];
      return numbers(tf.add(tf.addN([...nested, second]), x))[0] ?? NaN;
    });
  expect(constants.run(loss)).toBe(20 - 2 + 2);
  x = 3;
  expect(constants.run(loss)).toBe(20 - 2 + 3);
  expect(constants.run(loss)).toBe(20 - 2 + 3);
  expect(loss()).toBe(30 - 3 + 3);
  constants.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
