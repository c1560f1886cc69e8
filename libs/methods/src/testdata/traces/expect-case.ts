import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { TraceCase } from './compared.ts';

/** Every quantity of a case is within its tolerance, and no tensor is left. */
export function expectCase({ compare }: TraceCase): void {
  const before = tf.memory().numTensors;
  const compared = compare();
  expect(compared.length).toBeGreaterThan(0);
  expect(compared.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
  expect(tf.memory().numTensors).toBe(before);
}
