/**
 * DINO's objective (Caron et al. 2021, https://arxiv.org/abs/2104.14294, equations 1 to 4; code: facebookresearch/dino main_dino.py `DINOLoss`).
 *
 * Shapes: B images on this rank, V crops of the student, K outputs.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import {
  defineObjective,
  type BatchInfo,
  type ContextOf,
  type Embeddings,
  type Forward,
  type LossResult,
  type Objective,
  type State,
} from '@tessera/core';
import { restoreVariables, withoutGradient } from '@tessera/engine';
import { meanOverRanks, swappedPrediction } from '@tessera/losses';
import { z } from 'zod';
import { dinoDoubts } from './doubts.ts';

export const dinoOptions = z.strictObject({
  studentTemperature: z.number().positive().default(0.1).describe('tau of the student; > 0'),
  teacherTemperature: z.number().positive().default(0.04).describe('tau of the teacher after its warm-up; > 0'),
  warmupTeacherTemperature: z.number().positive().default(0.04).describe('tau of the teacher in the first epoch; > 0'),
  warmupEpochs: z
    .int()
    .min(0)
    .default(0)
    .describe('epochs in which it goes there, linearly; the last of them has the final one. Official 0, papers 30'),
  centreMomentum: z.number().min(0).lt(1).default(0.9).describe('weight of the old centre'),
});
export type DinoOptions = z.output<typeof dinoOptions>;

/** tau of the teacher in an epoch (from 0): numpy's linspace over the warm-up, both ends included. */
export function teacherTemperature(
  { teacherTemperature: final, warmupTeacherTemperature: start, warmupEpochs }: DinoOptions,
  epoch: number,
): number {
  if (epoch >= warmupEpochs) return final;
  return warmupEpochs === 1 ? start : start + ((final - start) * epoch) / (warmupEpochs - 1);
}

/** Owns the centre, which every rank holds alike. */
export class DinoObjective implements Objective {
  readonly #options: DinoOptions;
  readonly #name: string;
  readonly #centre: Variable;

  constructor(options: DinoOptions, { inDim, scope }: ContextOf['objective']) {
    this.#options = options;
    this.#name = `${scope}/centre`;
    this.#centre = tf.tidy(() => tf.variable(tf.zeros([1, inDim]), false));
  }

  variables(): readonly [] {
    return [];
  }

  state(): State {
    return { tensors: { [this.#name]: this.#centre }, json: null };
  }

  restore({ tensors }: State): void {
    restoreVariables('objective dino', [{ name: this.#name, variable: this.#centre }], tensors);
  }

  /**
   * Every student crop predicts the teacher's distribution of every other crop that the teacher saw: SwAV's swapped prediction, with codes that are
   * softmax((teacher - centre) / tau) instead of balanced assignments. The step sees the centre as it was. Metric: teacherEntropy, of the mean row's
   * distribution in nats; 0 is collapse to one output, ln K to the uniform distribution.
   * @param embeddings raw outputs: `student` of all crops, `teacher` of the first ones
   */
  loss(
    { student = [], teacher = [] }: Embeddings,
    _batch: BatchInfo,
    { collective, updates, progress }: Forward,
  ): LossResult {
    const { studentTemperature, centreMomentum } = this.#options;
    const temperature = teacherTemperature(this.#options, progress.epoch);
    const centre_1K = this.#centre as tf.Tensor as Tensor2D;
    const codes = withoutGradient(() =>
      teacher.map((t_BK) => tf.softmax<Tensor2D>(tf.div(tf.sub(t_BK, centre_1K), temperature))),
    );
    const loss = swappedPrediction(tf.concat([...student]), codes, {
      crops: student.length,
      cropsForAssign: teacher.map((_, crop) => crop),
      temperature: studentTemperature,
    });
    const mean_1K = withoutGradient(() => {
      const own = tf.mean<Tensor2D>(tf.concat([...teacher]), 0, true);
      return tf.div<Tensor2D>(collective.allReduceSum(own), collective.worldSize);
    });
    updates.blend(this.#centre, mean_1K, 1 - centreMomentum);
    const teacherEntropy = withoutGradient(() => {
      const q_K = tf.mean(tf.concat([...codes]), 0);
      return tf.neg<tf.Scalar>(tf.sum(tf.mul(q_K, tf.log(tf.add(q_K, 1e-12)))));
    });
    return { loss: meanOverRanks(loss, collective), metrics: { teacherEntropy } };
  }

  dispose(): void {
    this.#centre.dispose();
  }
}

/** The `dino` objective. */
export const dinoObjective = defineObjective({
  name: 'dino',
  summary: "Every crop of the student predicts the teacher's centred and sharpened output of the other crops.",
  options: dinoOptions,
  needs: { views: 2, roles: ['student', 'teacher'] },
  methods: ['dino'],
  check: dinoDoubts,
  create: (options, context) => new DinoObjective(options, context),
});
