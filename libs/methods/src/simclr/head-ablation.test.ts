/** SimCLR's comparison of heads (figure 8): none, linear, non-linear. */
import * as tf from '@tensorflow/tfjs-core';
import { rootKey, type Head, type ViewSpec } from '@tessera/core';
import { evaluationForward, openEngine } from '@tessera/engine';
import { ntXentObjective } from '@tessera/losses';
import { linearHead, mlpHead, noHead } from '@tessera/models';
import { beforeAll, expect, it } from 'vitest';
import { stepOf, methodContext, objectiveContext, toyEncoder, toyStep, toyViews } from '../testdata/toy.ts';
import { simclr } from './simclr.ts';

const B = 8;
const views: readonly ViewSpec[] = [{ count: 2, size: 4, channels: 6 }];
const context = { key: rootKey(2), scope: 'head', inDim: 8, data: { size: B } };
const heads: readonly (readonly [string, () => Head, number])[] = [
  ['none', () => noHead.build({}, context), 8],
  ['linear', () => linearHead.build({ out: 5 }, context), 5],
  ['mlp of 2 layers', () => mlpHead.build({ layers: 2, out: 5 }, context), 5],
  ['mlp of 3 layers, batch norm', () => mlpHead.build({ layers: 3, out: 5, batchNorm: 'all' }, context), 5],
];

beforeAll(async () => {
  await openEngine('cpu');
});

it.each(heads)('trap 34: head %s: one embedding a view, and training lowers the loss', (_name, build, width) => {
  const encoder = toyEncoder();
  const method = simclr.build(
    {},
    methodContext(views, B, () => ntXentObjective.build({ temperature: 0.2 }, objectiveContext(views, B, width)), {
      encoder,
      head: build,
    }),
  );
  const embeddings = tf.tidy(() =>
    (method.embed(toyViews(views, B, 0), evaluationForward()).embeddings['online'] ?? []).map(({ shape }) => shape),
  );
  expect(embeddings).toEqual([
    [B, width],
    [B, width],
  ]);
  const before = tf.memory().numTensors;
  const losses = Array.from({ length: 20 }, (_, step) => {
    const batch = toyViews(views, B, step);
    const loss = toyStep(method, batch, stepOf(B, step), 0.3);
    tf.dispose(batch.map(({ pixels }) => pixels));
    return loss;
  });
  const mean = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length;
  expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 5)));
  expect(tf.memory().numTensors).toBe(before);
  method.dispose();
});
