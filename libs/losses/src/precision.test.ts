/** Objectives inside a bf16 scope: where the engine computes in bfloat16, losses must not. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { withPrecision } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { marginTriplet } from './contrastive/margin-triplet.ts';
import { ntLogistic } from './contrastive/nt-logistic.ts';
import { ntXent } from './contrastive/nt-xent.ts';
import { prototypeLoss } from './prototypes/prototype-loss.ts';
import { unitRows, wave } from './testdata/read.ts';

const VIEWS = 3;
const clusters = {
  crops: VIEWS,
  cropsForAssign: [0, 1],
  temperature: 0.1,
  epsilon: 0.05,
  iterations: 3,
};
const losses: Readonly<Record<string, (z_RD: Tensor2D) => Scalar>> = {
  'nt-xent': (z) => ntXent(tf.slice(z, [0, 0], [12, -1]), { temperature: 0.1 }),
  'nt-xent, multi-crop': (z) => ntXent(z, { temperature: 0.1, views: VIEWS }),
  'nt-logistic': (z) => ntLogistic(z, { temperature: 0.1, views: VIEWS, semiHard: 'all' }),
  'margin-triplet': (z) => marginTriplet(z, { margin: 0.8, views: VIEWS, semiHard: 'nearest' }),
  'swapped prediction': (z) => prototypeLoss(z, tf.tensor2d(unitRows(wave(8, 7, 2))), clusters).loss,
};

await describeEngines(['wasm', 'torch'], () => {
  it.each(Object.entries(losses))('trap 38: %s is float32 inside a bf16 scope, its gradient too', (_name, loss) => {
    const run = () => {
      const z_RD = tf.tensor2d(unitRows(wave(18, 8, 0.3)));
      const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(x as Tensor2D))(z_RD);
      return [...value.dataSync(), ...grad.dataSync()];
    };
    expect(withPrecision('bf16', run)).toEqual(run());
  });
});

await describeEngines(['torch'], () => {
  it('does compute in bfloat16 inside that scope, so the tests above show something', () => {
    const product = () => {
      const x = tf.tensor2d(unitRows(wave(18, 8, 0.3)));
      return [...tf.matMul(x, x, false, true).dataSync()];
    };
    expect(withPrecision('bf16', product)).not.toEqual(product());
  });
});
