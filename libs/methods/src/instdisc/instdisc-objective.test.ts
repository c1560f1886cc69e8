import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { isTesseraError, rootKey } from '@tessera/core';
import { trainingForward, UpdateCollector } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { errorOfLargest, readOracle, relativeError } from '../testdata/read.ts';
import { objectiveContext, stepOf } from '../testdata/toy.ts';
import { instdiscObjective } from './instdisc-objective.ts';

interface Case {
  readonly samples: number;
  readonly dim: number;
  readonly batch: number;
  readonly temperature: number;
  readonly momentum: number;
  readonly bankBefore: number[][];
  readonly steps: {
    readonly indices: number[];
    readonly features: number[][];
    readonly loss: number;
    readonly gradFeatures: number[][];
  }[];
  readonly bankAfter: number[][];
}

const { cases } = readOracle('instdisc') as { readonly cases: Case[] };
const views = [{ count: 1, size: 4, channels: 3 }];
const build = (options: object, batch: number, dim: number, samples: number) =>
  instdiscObjective.build(options, { ...objectiveContext(views, batch, dim), data: { size: samples } });

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases)('$batch images of $samples: losses, gradients and bank of the reference', (one) => {
    const { temperature, momentum, batch, dim, samples } = one;
    const before = tf.memory().numTensors;
    const objective = build({ temperature, momentum }, batch, dim, samples);
    tf.tidy(() => {
      objective.restore({ tensors: { 'objective/bank': tf.tensor2d(one.bankBefore) }, json: null });
    });
    one.steps.forEach(({ indices, features, loss, gradFeatures }, step) => {
      const updates = new UpdateCollector();
      tf.tidy(() => {
        const forward = trainingForward(updates, { ...stepOf(batch, step), sampleIds: Int32Array.from(indices) });
        const { value, grad } = tf.valueAndGrad(
          (x: Tensor) => objective.loss({ online: [x as Tensor2D] }, {}, forward).loss,
        )(tf.tensor2d(features));
        expect(relativeError(value, loss)).toBeLessThan(1e-5);
        expect(errorOfLargest(grad, gradFeatures)).toBeLessThan(1e-4);
      });
      updates.commit();
    });
    expect(errorOfLargest(objective.state().tensors['objective/bank'] as Tensor, one.bankAfter)).toBeLessThan(1e-5);
    objective.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['reference', 'unit'])('initial %s: rows within the range, of unit length only where asked', (initial) => {
    const objective = build({ initial }, 4, 12, 50);
    const rows = (objective.state().tensors['objective/bank'] as Tensor2D).arraySync();
    const lengths = rows.map((row) => Math.hypot(...row));
    const off = Math.max(...lengths.map((length) => Math.abs(length - 1)));
    if (initial === 'unit') expect(off).toBeLessThan(1e-6);
    else {
      expect(off).toBeGreaterThan(0.01);
      expect(Math.max(...rows.flat().map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(12 / 3));
    }
    objective.dispose();
  });

  it.each([-1, 50])('the sample id %i has no row, and that is an error', (id) => {
    const objective = build({}, 2, 4, 50);
    const updates = new UpdateCollector();
    const forward = trainingForward(updates, {
      ...stepOf(2, 0),
      sampleIds: Int32Array.from([3, id]),
      key: rootKey(0),
    });
    let code = '';
    try {
      tf.tidy(() => objective.loss({ online: [tf.ones([2, 4])] }, {}, forward).loss);
    } catch (error) {
      code = isTesseraError(error) ? error.code : String(error);
    }
    expect(code).toBe('E_SAMPLE_ID');
    updates.discard();
    objective.dispose();
  });
});
