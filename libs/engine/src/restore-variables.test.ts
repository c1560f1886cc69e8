import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine, restoreVariables } from './index.ts';

beforeAll(() => openEngine('cpu'));

describe('restoreVariables', () => {
  it('copies values, so that neither side sees the later changes of the other', () => {
    const variable = tf.tidy(() => tf.variable(tf.zeros([2])));
    const saved = tf.tensor1d([1, 2]);
    const before = tf.memory();
    restoreVariables('encoder', [{ name: 'w', variable }], { w: saved });
    expect([...variable.dataSync()]).toEqual([1, 2]);
    // tfjs's cpu backend hands out its own memory: writing into it is what an optimizer that works in place does.
    variable.dataSync()[0] = 9;
    expect([...saved.dataSync()]).toEqual([1, 2]);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    tf.dispose([variable, saved]);
  });

  it('names everything that does not fit, and changes nothing then', () => {
    const variables = ['a', 'b', 'c'].map((name) => ({ name, variable: tf.variable(tf.zeros([2])) }));
    const tensors = { a: tf.ones([2]), b: tf.ones([3]), d: tf.ones([1]) };
    expect(() => {
      restoreVariables('encoder', variables, tensors);
    }).toThrow(
      expect.objectContaining({
        code: 'E_STATE_MISMATCH',
        message: "the saved state does not fit the encoder: 'b' is [3], expected [2]; 'c' is missing; 'd' is not known",
      }) as Error,
    );
    expect([...(variables[0]?.variable.dataSync() ?? [])]).toEqual([0, 0]);
    tf.dispose([tensors, variables.map(({ variable }) => variable)]);
  });

  it('refuses another dtype', () => {
    const variable = tf.variable(tf.zeros([2], 'int32'), false, undefined, 'int32');
    const saved = tf.ones([2]);
    expect(() => {
      restoreVariables('queue', [{ name: 'q', variable }], { q: saved });
    }).toThrow("'q' is float32, expected int32");
    tf.dispose([variable, saved]);
  });
});
