/**
 * Alignment and uniformity (Wang and Isola 2020, https://arxiv.org/abs/2005.10242, section 4.2): views of an image lie close together on
 * the unit sphere, and the images of a batch spread over it. Replace the two formulas with yours.
 *
 * Shapes: B images of the batch, D width of the embeddings.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { defineObjective, statelessObjective, TesseraError } from '@tessera/core';
import { z } from 'zod';

/** Mean squared distance of two views of the same images: mean over i of |u_i - v_i|^2. */
export function alignment(u_BD: Tensor2D, v_BD: Tensor2D): Scalar {
  return tf.mean<Scalar>(tf.sum(tf.square(tf.sub(u_BD, v_BD)), 1));
}

/** How crowded the images are: log of the mean over pairs i != j of exp(-t |u_i - u_j|^2). 0 when all are one point. */
export function uniformity(u_BD: Tensor2D, t: number): Scalar {
  const batch = u_BD.shape[0];
  // Rows have length 1, so |u_i - u_j|^2 = 2 - 2 u_i.u_j.
  const squared_BB = tf.sub(2, tf.mul(2, tf.matMul(u_BD, u_BD, false, true)));
  const others_BB = tf.sub(1, tf.eye(batch));
  const sum = tf.sum<Scalar>(tf.mul(tf.exp(tf.mul(squared_BB, -t)), others_BB));
  return tf.log(tf.div(sum, batch * (batch - 1)));
}

/** Rows divided by their length. */
function onSphere(z_BD: Tensor2D): Tensor2D {
  return tf.div(z_BD, tf.sqrt(tf.add(tf.sum(tf.square(z_BD), 1, true), 1e-12)));
}

/** The objective: `weight` of uniformity against alignment. Metrics: the two terms, unweighted. */
export const templateNameObjective = defineObjective({
  name: 'template-name',
  summary: 'Views of an image lie close together on the sphere, images spread over it.',
  // Every option has a range and a description; `tessera describe template-name` prints them. Unknown options are errors.
  options: z.strictObject({
    weight: z.number().min(0).default(1).describe('weight of the uniformity term; >= 0'),
    t: z.number().positive().default(2).describe('how local uniformity is; > 0'),
  }),
  // What it cannot do without, in a step and of an image; checked before a run starts.
  needs: { images: 2, views: 2 },
  create: ({ weight, t }) =>
    // Embeddings come by role, one [B, D] a view. An objective with variables or a queue returns its own `Objective` instead.
    statelessObjective(({ online: views = [] }, _batch, { collective }) => {
      // A loss is that of all processes' images together; with one process, allGather gives back what it gets.
      const [first, ...others] = views.map((z_BD) => onSphere(collective.allGather(z_BD)));
      if (!first || others.length === 0) {
        throw new TesseraError({
          code: 'E_TEMPLATE_NAME_VIEWS',
          message: `the objective template-name got ${String(views.length)} view(s) of an image, expected 2 or more`,
          next: 'Choose an augmenter that makes two views, such as `simclr`.',
        });
      }
      const align = tf.div<Scalar>(tf.addN(others.map((other) => alignment(first, other))), others.length);
      const uniform = tf.div<Scalar>(tf.addN([first, ...others].map((u_BD) => uniformity(u_BD, t))), views.length);
      return { loss: tf.add(align, tf.mul(uniform, weight)), metrics: { alignment: align, uniformity: uniform } };
    }),
});
