/** Numbers that no loss can compute with are refused alike by every engine, before anything is computed. */
import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { contrastiveMetrics } from './contrastive/contrastive-metrics.ts';
import { marginTriplet } from './contrastive/margin-triplet.ts';
import { ntLogistic } from './contrastive/nt-logistic.ts';
import { ntXent, ntXentWithMetrics } from './contrastive/nt-xent.ts';
import { prototypeLoss } from './prototypes/prototype-loss.ts';
import { sinkhorn } from './prototypes/sinkhorn.ts';
import { softmaxCrossEntropy } from './shared/softmax-cross-entropy.ts';
import { swappedPrediction } from './prototypes/swapped-prediction.ts';
import { unitRows, wave } from './testdata/read.ts';

const NOT_POSITIVE = [0, -0, -1, -1e-8, NaN, Infinity, -Infinity];
const NOT_A_COUNT = [0, -1, 1.5, NaN, Infinity];
const NEGATIVE = [-1, -1e-8, NaN, Infinity, -Infinity];
const NO_CROPS = [1, 0, -2, 2.5, NaN, Infinity];

const z = (): Tensor2D => tf.tensor2d(unitRows(wave(6, 5, 0.3)));
const codes = (): Tensor2D => tf.tensor2d(unitRows(wave(3, 5, 1)));
const crops = { crops: 2, cropsForAssign: [0], temperature: 0.1 };
const clusters = { ...crops, epsilon: 0.05, iterations: 3 };

const refused: readonly (readonly [
  name: string,
  code: string,
  values: readonly number[],
  run: (x: number) => unknown,
])[] = [
  ['ntXent: temperature', 'E_OPTION_INVALID', NOT_POSITIVE, (temperature) => ntXent(z(), { temperature })],
  [
    'ntXent, three views: temperature',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (temperature) => ntXent(z(), { temperature, views: 3 }),
  ],
  [
    'ntXent, as they are: temperature',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (temperature) => ntXent(z(), { temperature, normalize: false }),
  ],
  [
    'ntXentWithMetrics: temperature',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (temperature) => ntXentWithMetrics(z(), { temperature }),
  ],
  ['ntXent: views', 'E_VIEWS', NO_CROPS, (views) => ntXent(z(), { temperature: 1, views })],
  ['ntLogistic: temperature', 'E_OPTION_INVALID', NOT_POSITIVE, (temperature) => ntLogistic(z(), { temperature })],
  ['ntLogistic: views', 'E_VIEWS', NO_CROPS, (views) => ntLogistic(z(), { temperature: 1, views })],
  ['marginTriplet: margin', 'E_OPTION_INVALID', NEGATIVE, (margin) => marginTriplet(z(), { margin })],
  ['marginTriplet: views', 'E_VIEWS', NO_CROPS, (views) => marginTriplet(z(), { margin: 1, views })],
  [
    'contrastiveMetrics: temperature',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (temperature) => contrastiveMetrics(z(), 3, temperature),
  ],
  ['contrastiveMetrics: images', 'E_OPTION_INVALID', NOT_A_COUNT, (images) => contrastiveMetrics(z(), images, 1)],
  [
    'softmaxCrossEntropy: temperature',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (temperature) => softmaxCrossEntropy(z(), z(), temperature),
  ],
  [
    'swappedPrediction: temperature',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (temperature) => swappedPrediction(z(), [codes()], { ...crops, temperature }),
  ],
  [
    'swappedPrediction: crops',
    'E_CROPS',
    NO_CROPS,
    (count) => swappedPrediction(z(), [codes()], { ...crops, crops: count }),
  ],
  [
    'swappedPrediction: cropsForAssign',
    'E_CROPS',
    [-1, 2, 0.5, NaN],
    (crop) => swappedPrediction(z(), [codes()], { ...crops, cropsForAssign: [crop] }),
  ],
  ['sinkhorn: epsilon', 'E_OPTION_INVALID', NOT_POSITIVE, (epsilon) => sinkhorn(z(), { epsilon, iterations: 3 })],
  [
    'sinkhorn: iterations',
    'E_OPTION_INVALID',
    NOT_A_COUNT,
    (iterations) => sinkhorn(z(), { epsilon: 0.05, iterations }),
  ],
  [
    'prototypeLoss: temperature',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (temperature) => prototypeLoss(z(), tf.eye(5), { ...clusters, temperature }),
  ],
  [
    'prototypeLoss: epsilon',
    'E_OPTION_INVALID',
    NOT_POSITIVE,
    (epsilon) => prototypeLoss(z(), tf.eye(5), { ...clusters, epsilon }),
  ],
  [
    'prototypeLoss: iterations',
    'E_OPTION_INVALID',
    NOT_A_COUNT,
    (iterations) => prototypeLoss(z(), tf.eye(5), { ...clusters, iterations }),
  ],
  [
    'prototypeLoss: crops',
    'E_CROPS',
    NO_CROPS,
    (count) => prototypeLoss(z(), tf.eye(5), { ...clusters, crops: count }),
  ],
];

await describeEngines(engineNames, () => {
  describe.each(refused)('%s', (_name, code, values, run) => {
    it.each(values.map((value) => [value]))('refuses %d', (value) => {
      tf.tidy(() => {
        expect(() => run(value)).toThrow(expect.objectContaining({ name: 'TesseraError', code }));
      });
    });
  });

  it('says what was got and what was expected', () => {
    expect(() => ntXent(z(), { temperature: -1 })).toThrow(
      "'temperature' of ntXent is -1: expected a finite number above 0",
    );
    expect(() => sinkhorn(z(), { epsilon: 1, iterations: 0 })).toThrow(
      "'iterations' of sinkhorn is 0: expected a whole number of at least 1",
    );
  });

  it('takes what lies at the edges', () => {
    const numbers = [
      ntXent(z(), { temperature: 1e-8 }),
      ntLogistic(z(), { temperature: 1e30 }),
      marginTriplet(z(), { margin: 0 }),
      sinkhorn(z(), { epsilon: 1e-8, iterations: 1 }),
    ];
    for (const x of numbers) expect(x.dataSync().every(Number.isFinite)).toBe(true);
  });
});
