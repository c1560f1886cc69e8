import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { defineObjective, statelessObjective, TesseraError } from '@tessera/core';
import { withoutGradient } from '@tessera/engine';
import { z } from 'zod';
import { meanOverRanks } from '../shared/mean-over-ranks.ts';
import { softmaxCrossEntropy } from '../shared/softmax-cross-entropy.ts';
import { labelsOf } from '../shared/labels-of.ts';

/**
 * Cross entropy of logits and labels: the supervised twin that papers compare with. Embeddings are the logits, [B, classes] a view; the loss is the
 * mean over images and views. Metric: accuracy, the share of views whose largest logit is their class.
 */
export const crossEntropyObjective = defineObjective({
  name: 'cross-entropy',
  summary: 'Classification by the labels of the data set: what self-supervised learning is compared with.',
  options: z.strictObject({
    labelSmoothing: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('share of the target spread over all classes; in [0, 1)'),
  }),
  needs: { labels: true },
  methods: ['supervised'],
  create: ({ labelSmoothing }, { inDim, data }) => {
    if (data.classes !== undefined && inDim < data.classes) throw tooNarrow(inDim, data.classes);
    return statelessObjective(({ online = [] }, { labels }, { collective }) => {
      const classes_B = tf.tensor1d(labelsOf('cross-entropy', labels), 'int32');
      const logits_RC = tf.concat([...online]);
      const classes_R = tf.tile(classes_B, [online.length]);
      const exact_RC = tf.cast(tf.oneHot(classes_R, inDim), 'float32');
      const targets_RC = tf.add<Tensor2D>(tf.mul(exact_RC, 1 - labelSmoothing), labelSmoothing / inDim);
      const accuracy = withoutGradient(() =>
        tf.mean<Scalar>(tf.cast(tf.equal(tf.argMax(logits_RC, 1), classes_R), 'float32')),
      );
      const loss = tf.mean<Scalar>(softmaxCrossEntropy(logits_RC, targets_RC));
      return { loss: meanOverRanks(loss, collective), metrics: { accuracy } };
    });
  },
});

function tooNarrow(width: number, classes: number): TesseraError {
  return new TesseraError({
    code: 'E_CLASSES',
    message: `the head gives ${String(width)} logits, and the data set has ${String(classes)} classes`,
    next: `Set head.options.out to ${String(classes)}, or to 'classes' for the head linear.`,
  });
}
