/** Methods of strangers that must pass: with a momentum network, without objective, with labels, with tokens, forwarding by hand under an objective that has every hook. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { methodUnderTest } from './method-under-test.ts';
import { testMethod } from './test-method.ts';
import { byHand } from './testdata/by-hand.ts';
import { afterStep, beforeStep, byolLike } from './testdata/byol-like.ts';
import { EveryHook } from './testdata/every-hook.ts';
import { labelled, masked, threeParts } from './testdata/other-methods.ts';
import { plugins } from './testdata/strangers.ts';

testMethod(byolLike(afterStep), { plugins });
testMethod(byolLike(beforeStep), { plugins });
testMethod(byHand('every-hook'), { plugins });
testMethod(byHand('length'), { plugins });
testMethod(threeParts);
testMethod(labelled);
testMethod(masked, {
  views: [
    { count: 2, size: 8, channels: 3 },
    { count: 1, size: 4, channels: 3 },
  ],
});

describe('a run of the kit', () => {
  test('calls the hooks as a run does', async () => {
    const { build, train } = methodUnderTest(byHand('every-hook'), { plugins });
    const method = await build();
    EveryHook.calls = [];
    for (let step = 0; step < 6; step++) await train(method, step);
    method.dispose();
    const steps = ['beforeStep', 'afterStep'];
    const epoch = Array.from({ length: 5 }, () => steps).flat();
    expect(EveryHook.calls).toEqual(['beforeEpoch', ...epoch, 'epochMetrics', 'beforeEpoch', ...steps]);
  });

  test('a momentum encoder follows the weights that the step left, not those before it', async () => {
    const { build, train } = methodUnderTest(byolLike(afterStep), { plugins });
    const method = await build();
    const [weight] = method.variables();
    const target = method.buffers().find(({ name }) => name === 'target/encoder/conv.weight');
    if (!weight || !target) throw new Error('no weights');
    const start = [...target.variable.dataSync()];
    expect(start).toEqual([...weight.variable.dataSync()]);
    // Changes the target, so that there is a loss.
    tf.tidy(() => {
      target.variable.assign(tf.add(target.variable, 1));
    });
    await train(method, 0);
    const online = [...weight.variable.dataSync()];
    expect(online).not.toEqual(start);
    [...target.variable.dataSync()].forEach((value, i) => {
      expect(value).toBeCloseTo(0.9 * ((start[i] ?? NaN) + 1) + 0.1 * (online[i] ?? NaN), 5);
    });
    method.dispose();
  });
});
