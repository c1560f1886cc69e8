import { fold, RandomStream, rootKey, stream } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectKeyedDraws } from './expect-keyed-draws.ts';
import { byHand } from './testdata/by-hand.ts';
import { foundBy } from './testdata/found-by.ts';
import { masked } from './testdata/other-methods.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

describe("a draw outside the forward's key", () => {
  const scaled = (factor: () => number, where: 'embed' | 'loss' = 'embed') =>
    byHand('length', (method) => ({
      ...method,
      embed: (groups, forward) => {
        const { features, embeddings } = method.embed(groups, forward);
        const by = where === 'embed' ? factor() : 1;
        return { features, embeddings: { online: (embeddings['online'] ?? []).map((z_BD) => tf.mul(z_BD, by)) } };
      },
      loss: (embeddings, batch, forward) => {
        const { loss, metrics } = method.loss(embeddings, batch, forward);
        return { loss: where === 'loss' ? tf.mul<Scalar>(loss, factor()) : loss, metrics };
      },
    }));
  let count = 0;
  /** Counts, and comes round: passes in turn see 1, 2, 1, 2. */
  const turns = () => (count++ % 2) + 1;

  test.each([
    ['Math.random', scaled(() => 1 + Math.random()), /Math\.random is asked/],
    ['Math.random, of which nothing comes', scaled(() => 1 + 0 * Math.random()), /Math\.random is asked/],
    ['Math.random in the loss', scaled(() => 1 + Math.random(), 'loss'), /Math\.random is asked/],
    ['a tensor of tfjs without a seed', scaled(() => tf.tidy(() => tf.randomUniform([1]).dataSync()[0] ?? 0)), /Math\.random is asked/], // prettier-ignore
    ['a counter', scaled(() => ++count), /embedding 'online' of view 0/],
    ['a counter in the loss', scaled(() => ++count, 'loss'), /the loss/],
    ['a counter that comes round', scaled(turns), /embedding 'online' of view 0/],
    ['a clock', scaled(() => Number(process.hrtime.bigint() % 1000n) + 1), /embedding 'online' of view 0/],
  ])('%s', async (_what, extension, told) => {
    const message = await foundBy(expectKeyedDraws, extension);
    expect(message).toContain('a draw outside forward.key');
    expect(message).toMatch(told);
  });

  /** The mask of a step, from a stream that some hook or the build opens. */
  const streamed = (open: (steps: number) => RandomStream) =>
    byHand('length', (method) => {
      let steps = 0;
      let now = open(0);
      return {
        ...method,
        beforeStep: (progress) => {
          now = open(++steps);
          method.beforeStep?.(progress);
        },
        embed: (groups, forward) => {
          const { features, embeddings } = method.embed(groups, forward);
          const by = RandomStream.restore(now.state()).uniform();
          return { features, embeddings: { online: (embeddings['online'] ?? []).map((z_BD) => tf.mul(z_BD, by)) } };
        },
      };
    });
  test.each([
    ['a key that was kept', streamed(() => stream(rootKey(3)))],
    ['a counter of steps', streamed((steps) => stream(fold(rootKey(3), steps)))],
  ])('from %s, though passes over one step are equal', async (_what, extension) => {
    expect(await foundBy(expectKeyedDraws, extension)).toMatch(
      /a draw outside forward\.key: 1 streams .* of a key that was kept or of a counter/,
    );
  });

  test('in the gradient alone', async () => {
    const noisy = tf.customGrad((x) => ({
      value: tf.clone(x as tf.Tensor),
      gradFunc: (dy) => tf.mul(dy, ++count),
    }));
    const extension = byHand('length', (method) => ({
      ...method,
      loss: (embeddings, batch, forward) =>
        method.loss({ online: (embeddings['online'] ?? []).map((z_BD) => noisy(z_BD) as typeof z_BD) }, batch, forward),
    }));
    const message = await foundBy(expectKeyedDraws, extension);
    expect(message).toContain('the gradient of encoder/conv.weight, the gradient of head/weight differ');
  });

  test('is not one from it', async () => {
    expect(await foundBy(expectKeyedDraws, masked)).toBe('');
  });
});
