import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess, type Collective } from '@tessera/core';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { expect, it } from 'vitest';
import { ntXent } from './nt-xent.ts';
import { errorOfLargest, leaked, readOracle, relativeError, wave } from '../testdata/read.ts';
import { supCon } from './sup-con.ts';

interface Case {
  readonly images: number;
  readonly views: number;
  readonly temperature: number;
  readonly baseTemperature: number;
  readonly contrastMode: 'all' | 'one';
  readonly labels: number[] | null;
  readonly z: number[][];
  readonly loss: number;
  readonly gradZ: number[][];
}

const { cases } = readOracle('supcon') as { readonly cases: Case[] };

const classesOf = ({ labels, images }: Case): number[] => labels ?? Array.from({ length: images }, (_, n) => n);

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases.map((one) => [one.images, one.views, one.contrastMode, one] as const))(
    '%i images, %i view(s), anchors %s: the loss and gradients of float64 autograd',
    (_images, views, contrast, one) => {
      const { temperature, baseTemperature } = one;
      const lossOf = (z: Tensor): Scalar =>
        supCon(tf.split(z, views), tf.tensor1d(classesOf(one), 'int32'), {
          temperature,
          baseTemperature,
          contrast,
        });
      const { value, grad } = tf.valueAndGrad(lossOf)(tf.tensor2d(one.z));
      expect(relativeError(value, one.loss)).toBeLessThan(1e-5);
      expect(errorOfLargest(grad, one.gradZ)).toBeLessThan(1e-4);
    },
  );

  it('is NT-Xent where every image is a class of its own', () => {
    const z = tf.tensor2d([...wave(5, 4, 0), ...wave(5, 4, 0.4)]);
    const got = supCon(tf.split(z, 2), tf.tensor1d([0, 1, 2, 3, 4], 'int32'), { temperature: 0.3 });
    const want = ntXent(z, { temperature: 0.3 }).dataSync()[0] ?? NaN;
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });

  it.each(['all', 'one'] as const)('two ranks, anchors %s: the mean is the loss of one process', (contrast) => {
    const views = [wave(6, 4, 0), wave(6, 4, 0.5)];
    const classes = [0, 1, 0, 2, 1, 0];
    const lossOf = (from: number, to: number, collective: Collective): number =>
      supCon(
        views.map((z) => tf.tensor2d(z.slice(from, to))),
        tf.tensor1d(classes.slice(from, to), 'int32'),
        { temperature: 0.2, contrast, collective },
      ).dataSync()[0] ?? NaN;
    const whole = lossOf(0, 6, singleProcess);
    const [first = NaN, second = NaN] = inLockStep([0, 3], (from, collective) => lossOf(from, from + 3, collective));
    expect(Math.abs((first + second) / 2 / whole - 1)).toBeLessThan(1e-5);
  });

  it('two ranks: gradients cross ranks, averaged they are those of one process', () => {
    const classes = [0, 1, 0, 2];
    const rows = [wave(4, 4, 0), wave(4, 4, 0.5)];
    const options = { temperature: 0.2 };
    const whole = tf.valueAndGrads((...z: Tensor[]) => supCon(z as Tensor2D[], tf.tensor1d(classes, 'int32'), options))(
      rows.map((z) => tf.tensor2d(z)),
    );
    const unit = (x: Tensor) => tf.div<Tensor2D>(x, tf.norm(x, 2, 1, true));
    // a0: view a of rank 0. What is gathered: unit rows of each view, then the classes.
    const total = (...[a0, a1, b0, b1]: Tensor[]): Scalar =>
      tf.addN(
        [0, 1].map((rank) => {
          const gathered: Tensor[] = [
            tf.concat([unit(a0 as Tensor), unit(a1 as Tensor)]),
            tf.concat([unit(b0 as Tensor), unit(b1 as Tensor)]),
            tf.tensor1d(classes, 'int32'),
          ];
          const collective = { rank, worldSize: 2, allGather: () => gathered.shift() } as unknown as Collective;
          const own = (rank === 0 ? [a0, b0] : [a1, b1]) as Tensor2D[];
          const ids = tf.tensor1d(classes.slice(2 * rank, 2 * rank + 2), 'int32');
          return supCon(own, ids, { ...options, collective });
        }),
      );
    const { grads } = tf.valueAndGrads(total)(
      rows.flatMap((z) => [z.slice(0, 2), z.slice(2)].map((x) => tf.tensor2d(x))),
    );
    whole.grads.forEach((grad, view) => {
      const want = grad.arraySync() as number[][];
      const got = tf.concat([grads[2 * view] as Tensor, grads[2 * view + 1] as Tensor]);
      expect(errorOfLargest(tf.div(got, 2), want)).toBeLessThan(1e-4);
    });
  });

  it('leaks nothing', () => {
    const count = leaked(() => {
      tf.valueAndGrads((...z: Tensor[]) =>
        supCon(z as Tensor2D[], tf.tensor1d([0, 1, 0], 'int32'), { temperature: 1 }),
      )([tf.tensor2d(wave(3, 4, 0)), tf.tensor2d(wave(3, 4, 1))]);
    });
    expect(count).toBe(0);
  });
});
