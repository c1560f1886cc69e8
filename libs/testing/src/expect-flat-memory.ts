import * as tf from '@tensorflow/tfjs-core';
import { expectTensors } from './expectations.ts';
import type { MethodUnderTest } from './method-under-test.ts';

/** Steps with every hook leave as many tensors as there were, and disposing the method frees all that it made. @throws AssertionError with the number */
export async function expectFlatMemory({ build, train }: MethodUnderTest): Promise<void> {
  const before = tf.memory().numTensors;
  const method = await build();
  await train(method, 0);
  const begun = tf.memory().numTensors;
  for (let step = 1; step < 12; step++) await train(method, step);
  expectTensors(begun);
  method.dispose();
  expectTensors(before);
}
