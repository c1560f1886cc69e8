import { openEngine, withoutGradient } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectFreshAverages } from './expect-fresh-averages.ts';
import { byolLike, type Followed, type Mover } from './testdata/byol-like.ts';
import { foundBy } from './testdata/found-by.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

const blend = (pairs: readonly Followed[], from: (pair: Followed, i: number) => tf.Tensor, momentum = 0.9): void => {
  tf.tidy(() => {
    pairs.forEach((pair, i) => {
      const { target } = pair;
      target.assign(tf.add(tf.mul(target, momentum), tf.mul(from(pair, i), 1 - momentum)));
    });
  });
};

describe('an average that lags a step', () => {
  /** The online weights as some hook saw them. */
  const remembered = () => {
    let seen: tf.Tensor[] = [];
    return {
      take: (pairs: readonly Followed[]) => {
        tf.dispose(seen);
        seen = pairs.map(({ online }) => tf.keep(tf.clone<tf.Tensor>(online)));
      },
      get: (_pair: Followed, i: number): tf.Tensor => seen[i] as tf.Tensor,
      any: () => seen.length > 0,
    };
  };
  const movers: readonly (readonly [string, () => Mover])[] = [
    [
      'embed or loss',
      () => ({
        inEmbed: (pairs) => {
          blend(pairs, ({ online }) => online);
        },
      }),
    ],
    [
      'the commit of forward.updates',
      () => ({
        inEmbed: (pairs, { updates }) => {
          withoutGradient(() => {
            for (const { online, target } of pairs) updates.blend(target, online, 0.1);
          });
        },
      }),
    ],
    [
      'the commit of forward.updates',
      () => ({
        inEmbed: (pairs, { updates }) => {
          withoutGradient(() => {
            for (const { online, target } of pairs)
              updates.assign(target, tf.add(tf.mul(target, 0.99), tf.mul(online, 0.01)));
          });
        },
      }),
    ],
    [
      'afterStep',
      () => {
        const old = remembered();
        return {
          hooks: (_copy, pairs) => ({
            beforeStep: () => {
              old.take(pairs);
            },
            afterStep: () => {
              blend(pairs, old.get, 0.996);
            },
          }),
        };
      },
    ],
    [
      'beforeStep',
      () => {
        const old = remembered();
        return {
          hooks: (_copy, pairs) => ({
            beforeStep: () => {
              if (old.any()) blend(pairs, old.get);
              old.take(pairs);
            },
          }),
        };
      },
    ],
  ];
  test.each(movers)('moved in %s (%#)', async (where, mover) => {
    const message = await foundBy(expectFreshAverages, byolLike(mover()));
    expect(message).toContain('averages that lag a step');
    expect(message).toContain(
      "'target/encoder/conv.weight' moves towards what 'encoder/conv.weight' was before the step",
    );
    expect(message).toContain("'target/head/weight' moves towards what 'head/weight' was before the step");
    expect(message).toContain(`(in ${where})`);
    expect(message).toContain('afterStep');
  });

  test('of one variable among several is named alone', async () => {
    const mover: Mover = {
      inEmbed: ([, second], { updates }) => {
        if (second) withoutGradient(() => { updates.blend(second.target, second.online, 0.1); }); // prettier-ignore
      },
      hooks: (_copy, [first]) => ({
        afterStep: () => {
          if (first) blend([first], ({ online }) => online);
        },
      }),
    };
    const message = await foundBy(expectFreshAverages, byolLike(mover));
    expect(message).toContain("'target/head/weight'");
    expect(message).not.toContain("'target/encoder/conv.weight' moves");
  });

  const right: readonly (readonly [string, Mover])[] = [
    ['a target that stays', {}],
    [
      'by hand in afterStep',
      {
        hooks: (_copy, pairs) => ({
          afterStep: () => {
            blend(pairs, ({ online }) => online, 0.9996);
          },
        }),
      },
    ],
    [
      'deferred to the commit, which comes after the optimizer',
      {
        inEmbed: (pairs, { updates }) => {
          updates.defer(() => {
            blend(pairs, ({ online }) => online);
          });
        },
      },
    ],
    [
      'a copy',
      {
        hooks: (copy) => ({
          afterStep: () => {
            copy.update(0);
          },
        }),
      },
    ],
  ];
  test.each(right)('is not %s', async (_what, mover) => {
    expect(await foundBy(expectFreshAverages, byolLike(mover))).toBe('');
  });
});
