/** Methods unlike SimCLR: of three networks and a loss of its own, with labels, with tokens. */
import { defineMethod, fold, stream, type Forward } from '@tessera/core';
import { composeMethod } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { aHead, anEncoder, defaults, embedAll } from './strangers.ts';

const options = z.strictObject({});

/** Three parts and no objective: what two heads say of one encoder agrees, and neither is nothing. */
export const threeParts = defineMethod({
  name: 'three-parts',
  summary: 'Two heads on one encoder agree about an image.',
  options,
  roles: ['first', 'second'],
  parts: { encoder: anEncoder, projector: aHead, predictor: aHead },
  defaults,
  create: (_options, { build }) => {
    const encoder = build('encoder');
    const projector = build('projector', { inDim: encoder.featureDim });
    const predictor = build('predictor', { inDim: encoder.featureDim });
    return composeMethod(
      { encoder, projector, predictor },
      {
        embed: (groups, forward) => {
          const { features, embeddings: first } = embedAll({ encoder, head: projector }, groups, forward);
          return { features, embeddings: { first, second: features.map((h_BD) => predictor.apply(h_BD, forward)) } };
        },
        loss: ({ first = [], second = [] }) => {
          const [a_RD, b_RD] = [tf.concat([...first]), tf.concat([...second])];
          const spread = tf.mean(tf.square(tf.sub(tf.add(a_RD, b_RD), 1)));
          return { loss: tf.add<Scalar>(tf.mean(tf.squaredDifference(a_RD, b_RD)), spread), metrics: {} };
        },
      },
    );
  },
});

/** Cross entropy of the images' classes. */
export const labelled = defineMethod({
  name: 'labelled',
  summary: 'Classification by the labels of the data set.',
  options,
  needs: { labels: true },
  parts: { encoder: anEncoder, head: aHead },
  defaults,
  create: (_options, { build, data: { classes = 0 } }) => {
    const encoder = build('encoder');
    const head = build('head', { inDim: encoder.featureDim });
    return composeMethod(
      { encoder, head },
      {
        embed: (groups, forward) => {
          const { features, embeddings } = embedAll({ encoder, head }, groups, forward);
          return { features, embeddings: { online: embeddings } };
        },
        loss: ({ online = [] }, { labels = new Int32Array(0) }) => {
          const logits_RC = tf.logSoftmax(tf.slice(tf.concat([...online]), [0, 0], [-1, classes]));
          const targets_RC = tf.tile(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), [online.length, 1]);
          return { loss: tf.neg<Scalar>(tf.mean(tf.sum(tf.mul(logits_RC, targets_RC), 1))), metrics: {} };
        },
      },
    );
  },
});

/** Which half of its patches an image keeps: the image's draw. [B, T / 2] */
export function kept({ key, sampleIds }: Forward, images: number, tokens: number): Tensor2D {
  const rows = Array.from({ length: images }, (_, row) => {
    const random = stream(fold(key, 'keep', sampleIds[row % sampleIds.length] ?? row));
    return random.permutation(tokens).slice(0, tokens / 2);
  });
  return tf.tensor2d(
    rows.map((row) => [...row]),
    [images, tokens / 2],
    'int32',
  );
}

/** A masked method: half of an image's tokens, and all of them, have one mean. */
export const masked = defineMethod({
  name: 'masked',
  summary: 'The mean of half of the tokens tells that of all of them.',
  options,
  roles: ['part', 'whole'],
  parts: { encoder: { ...anEncoder, tokens: true }, predictor: aHead, projector: aHead },
  defaults,
  create: (_options, { build }) => {
    const encoder = build('encoder');
    const predictor = build('predictor', { inDim: encoder.featureDim });
    const projector = build('projector', { inDim: encoder.featureDim });
    return composeMethod(
      { encoder, predictor, projector },
      {
        embed: (groups, forward) => {
          const pairs = groups.flatMap(({ count, pixels }) => {
            const [images, height, width] = pixels.shape;
            const keep_BT = kept(forward, images, encoder.tokensOf(height, width));
            const [part_BD, whole_BD] = [encoder.tokens(pixels, forward, keep_BT), encoder.tokens(pixels, forward)].map(
              (tokens_BTD) => tf.mean<Tensor2D>(tokens_BTD, 1),
            ) as [Tensor2D, Tensor2D];
            const parts = tf.split<Tensor2D>(part_BD, count);
            return tf.split<Tensor2D>(whole_BD, count).map((whole, i) => ({ whole, part: parts[i] ?? whole }));
          });
          const features = pairs.map(({ whole }) => whole);
          const part = pairs.map((pair) => predictor.apply(pair.part, forward));
          return { features, embeddings: { part, whole: features.map((h_BD) => projector.apply(h_BD, forward)) } };
        },
        loss: ({ part = [], whole = [] }) => {
          const [a_RD, b_RD] = [tf.concat([...part]), tf.concat([...whole])];
          const spread = tf.mean(tf.square(tf.sub(b_RD, 1)));
          return { loss: tf.add<Scalar>(tf.mean(tf.squaredDifference(a_RD, b_RD)), spread), metrics: {} };
        },
      },
    );
  },
});
