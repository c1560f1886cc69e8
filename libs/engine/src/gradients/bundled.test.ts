import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { bundledGradients } from './bundled.ts';

it('is the table of the installed tfjs-core: run scripts/bundle-gradients.mjs after changing its version', () => {
  expect(bundledGradients().version).toBe(tf.version_core);
});

it('covers what tfjs differentiates', () => {
  const names = bundledGradients().gradients.map(({ kernelName }) => kernelName);
  expect(names).toEqual(
    expect.arrayContaining([tf.Conv2D, tf.BatchMatMul, tf.MaxPool, tf.FusedBatchNorm, tf.LogSoftmax]),
  );
  expect(new Set(names).size).toBeGreaterThan(90);
});
