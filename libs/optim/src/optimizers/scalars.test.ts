/** Numbers that no optimizer can compute with are refused alike by every engine, and change nothing. */
import type { NamedVariable, Optimizer } from '@tessera/core';
import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adamOptimizer } from './adam.ts';
import { adamwOptions, createAdamW } from './adamw.ts';
import { createLarc, larcOptions } from './larc.ts';
import { createLars, larsOptions } from './lars.ts';
import { createSgd, sgdOptions } from './sgd.ts';

type Variables = readonly NamedVariable[];
type Create = (options: object, variables: Variables) => Optimizer;

const NEGATIVE = [-1e-9, -1, NaN, Infinity, -Infinity];
const NOT_POSITIVE = [0, ...NEGATIVE];
const NO_SHARE = [1, 1.5, ...NEGATIVE];
const common = { learningRate: NOT_POSITIVE, weightDecay: NEGATIVE };
const adam = { ...common, beta1: NO_SHARE, beta2: NO_SHARE, epsilon: NOT_POSITIVE };

const optimizers: readonly (readonly [
  name: string,
  create: Create,
  refused: Readonly<Record<string, readonly number[]>>,
])[] = [
  ['sgd', (o, v) => createSgd({ ...sgdOptions.parse({}), ...o }, v), { ...common, momentum: NO_SHARE }],
  [
    'lars',
    (o, v) => createLars({ ...larsOptions.parse({}), ...o }, v),
    { ...common, momentum: NO_SHARE, trustCoefficient: NOT_POSITIVE },
  ],
  [
    'larc',
    (o, v) => createLarc({ ...larcOptions.parse({}), ...o }, v),
    { ...common, momentum: NO_SHARE, trustCoefficient: NOT_POSITIVE, epsilon: NEGATIVE },
  ],
  ['adamw', (o, v) => createAdamW({ ...adamwOptions.parse({}), ...o }, v), adam],
  ['adam', (o, v) => adamOptimizer.build({ ...o }, { variables: v }), adam],
];
const invalid = expect.objectContaining({ name: 'TesseraError', code: 'E_OPTION_INVALID' }) as Error;

await describeEngines(engineNames, () => {
  describe.each(optimizers)('%s', (_name, create, refused) => {
    const variable = (): NamedVariable => ({
      name: 'w',
      variable: tf.tidy(() => tf.variable(tf.tensor1d([1, -2]))),
      role: 'weight',
    });

    it.each(Object.entries(refused))('refuses a %s of %j', (option, values) => {
      const before = tf.memory().numTensors;
      for (const value of values) expect(() => create({ [option]: value }, [])).toThrow(invalid);
      for (const value of NEGATIVE) {
        expect(() => create({ groups: [{ roles: ['weight'], learningRate: value }] }, [])).toThrow(invalid);
        expect(() => create({ groups: [{ roles: ['weight'], weightDecay: value }] }, [])).toThrow(invalid);
      }
      expect(tf.memory().numTensors).toBe(before);
    });

    it.each(NEGATIVE.map((rate) => [rate]))('refuses a step of rate %d, and changes nothing', (rate) => {
      const before = tf.memory().numTensors;
      const w = variable();
      const optimizer = create({}, [w]);
      const gradient = tf.tensor1d([0.5, 0.25]);
      expect(() => {
        optimizer.update({ w: gradient }, { learningRate: rate });
      }).toThrow(invalid);
      expect([...w.variable.dataSync()]).toEqual([1, -2]);
      expect(optimizer.state().json).toEqual({ steps: {} });
      optimizer.update({ w: gradient }, { learningRate: 0 });
      expect(optimizer.state().json).toEqual({ steps: { w: 1 } });
      optimizer.dispose();
      tf.dispose([gradient, w.variable]);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});
