import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectFlatMemory } from './expect-flat-memory.ts';
import { byHand } from './testdata/by-hand.ts';
import { foundBy } from './testdata/found-by.ts';

type Change = NonNullable<Parameters<typeof byHand>[1]>;

beforeAll(async () => {
  await openEngine('cpu');
});

describe('memory', () => {
  test.each([
    ['a tensor that embed keeps', (method) => ({ ...method, embed: (...given) => { tf.keep(tf.scalar(1)); return method.embed(...given); } }), /11 tensors are left over/], // prettier-ignore
    [
      'a tensor of afterStep',
      (method) => ({ ...method, afterStep: () => void tf.scalar(1) }),
      /11 tensors are left over/,
    ],
    ['a part that is not disposed', (method, { encoder, objective }) => ({ ...method, dispose: () => { encoder.dispose(); objective.dispose(); } }), /2 tensors are left over/], // prettier-ignore
  ] as readonly [string, Change, RegExp][])('%s', async (_what, change, told) => {
    const left = tf.memory().numTensors;
    expect(await foundBy(expectFlatMemory, byHand('length', change))).toMatch(told);
    expect(tf.memory().numTensors).toBeGreaterThan(left);
  });

  test('is flat for the same method without it', async () => {
    expect(await foundBy(expectFlatMemory, byHand('length'))).toBe('');
  });
});
