import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { pluginOf, Registry, rootKey, singleProcess, type ContextOf, type Encoder, type Head } from '@tessera/core';
import { evaluationForward, openEngine } from '@tessera/engine';
import { methodContext, testMethod, testObjective } from '@tessera/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import * as ours from './index.ts';

const plugin = pluginOf(ours, 'tessera-plugin-vicreg');
const registry = new Registry([plugin]);

// What every method and every objective must hold to. What only these must stands below.
testMethod(ours.vicreg, { plugins: [plugin] });
testObjective(ours.vicregObjective, { badOptions: { similarity: -1, variance: '25', covariance: -1 } });

const context: ContextOf['objective'] = {
  key: rootKey(0),
  inDim: 4,
  batchSize: 6,
  views: [{ count: 2, size: 4, channels: 3 }],
  data: { size: 6 },
  collective: singleProcess,
  scope: 'objective',
  warn: () => undefined,
};
const wave = (offset: number) =>
  tf.tensor2d(
    Array.from({ length: 6 }, (_, i) =>
      Array.from({ length: 4 }, (_x, j) => 0.8 * Math.sin(1.7 * i + 0.9 * j + offset)),
    ),
  );

beforeAll(async () => {
  await openEngine('cpu');
});

describe('objective vicreg', () => {
  const objective = registry.get('objective', 'vicreg').build({}, context);
  const loss = (x: Tensor, y: Tensor) =>
    objective.loss({ online: [x as Tensor2D, y as Tensor2D] }, {}, evaluationForward());

  it('gives the numbers of facebookresearch/vicreg (float64, PyTorch 2.13)', () => {
    const { value, grads } = tf.valueAndGrads((x: Tensor, y: Tensor) => loss(x, y).loss)([wave(0), wave(0.3)]);
    expect(value.dataSync()[0]).toBeCloseTo(10.938273526633505, 4);
    const close = (got: readonly number[], want: readonly number[]) => {
      want.forEach((number, i) => {
        expect(got[i]).toBeCloseTo(number, 4);
      });
    };
    const [x, y] = grads.map((grad) => grad.arraySync() as number[][]);
    close(x?.[0] ?? [], [-0.3633918331947573, -0.7405935752589047, -0.47615282665054043, 0.07758910215134696]);
    close(y?.[5] ?? [], [-0.6657660055088142, -0.16837109107169557, 0.3823463997398248, 0.7193199885910063]);
  });

  it('reports its terms', () => {
    const terms = Object.entries(loss(wave(0), wave(0.3)).metrics).map(([name, term]) => [
      name,
      typeof term === 'number' ? term : term.dataSync()[0],
    ]);
    expect(Object.fromEntries(terms)).toEqual({
      invariance: expect.closeTo(0.028814149945007726, 5) as number,
      variance: expect.closeTo(0.3977091812168284, 5) as number,
      covariance: expect.closeTo(0.2751902475876025, 5) as number,
    });
  });

  it('says what it needs', () => {
    expect(() => objective.loss({ online: [wave(0)] }, {}, evaluationForward())).toThrow(/got 1 view/);
    expect(() => registry.get('objective', 'vicreg').build({ invariance: 1 }, context)).toThrow(/unknown option/);
  });
});

describe('method vicreg', () => {
  const part = { variables: () => [], buffers: () => [], dispose: () => undefined };
  const rows: number[] = [];
  const encoder: Encoder = {
    ...part,
    featureDim: 3,
    apply: (x) => {
      rows.push(x.shape[0]);
      return tf.mean<Tensor2D>(x, [1, 2]);
    },
  };
  const head: Head = { ...part, outDim: 3, apply: (h) => h };

  it('runs every view on its own', () => {
    const objective = registry.get('objective', 'vicreg').build({}, context);
    const parts = { encoder: () => encoder, head: () => head, objective: () => objective };
    const method = registry
      .get('method', 'vicreg')
      .build({}, methodContext(parts, { views: context.views, batchSize: 6 }));
    tf.tidy(() => {
      const { embeddings } = method.embed([{ count: 2, pixels: tf.randomUniform([12, 4, 4, 3]) }], evaluationForward());
      expect(embeddings['online']?.map(({ shape }) => shape)).toEqual([
        [6, 3],
        [6, 3],
      ]);
    });
    expect(rows).toEqual([6, 6]);
  });
});
