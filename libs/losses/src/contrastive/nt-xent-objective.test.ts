import * as tf from '@tensorflow/tfjs-core';
import { rootKey, singleProcess, type ContextOf } from '@tessera/core';
import { engineNames, evaluationForward } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { ntXentObjective } from './nt-xent-objective.ts';
import { relativeError, wave } from '../testdata/read.ts';

const context: ContextOf['objective'] = {
  key: rootKey(0),
  inDim: 3,
  batchSize: 4,
  views: [{ count: 2, size: 32, channels: 3 }],
  data: { size: 4 },
  collective: singleProcess,
  scope: 'objective',
  warn: () => undefined,
};

await describeEngines(engineNames, () => {
  it('trap 6: there is no silent temperature', () => {
    expect(() => ntXentObjective.build({}, context)).toThrow(/temperature' is missing.*no default/);
    expect(() => ntXentObjective.build({ temperature: 0 }, context)).toThrow(/temperature/);
    expect(() => ntXentObjective.build({ temperature: -1 }, context)).toThrow(/temperature/);
  });

  it('gives the golden loss, and metrics that a perfect and a collapsed batch explain', () => {
    const objective = ntXentObjective.build({ temperature: 0.5 }, context);
    const golden = objective.loss(
      { online: [tf.tensor2d(wave(4, 3, 0)), tf.tensor2d(wave(4, 3, 0.3))] },
      {},
      evaluationForward(),
    );
    expect(relativeError(golden.loss, 0.5486382383790126)).toBeLessThan(1e-5);

    const number = (x: tf.Scalar | number | undefined) => (typeof x === 'object' ? (x.dataSync()[0] ?? NaN) : NaN);
    const perfect = objective.loss({ online: [tf.eye(4), tf.eye(4)] }, {}, evaluationForward()).metrics;
    expect(number(perfect['contrastiveAccuracy'])).toBe(1);
    const collapsed = objective.loss({ online: [tf.ones([4, 3]), tf.ones([4, 3])] }, {}, evaluationForward()).metrics;
    expect(number(collapsed['contrastiveAccuracy'])).toBe(0.25);
    expect(number(collapsed['contrastiveEntropy'])).toBeCloseTo(Math.log(4), 5);
  });
});
