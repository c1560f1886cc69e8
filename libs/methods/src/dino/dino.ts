/**
 * DINO (Caron et al. 2021, https://arxiv.org/abs/2104.14294, algorithm 1; code: facebookresearch/dino main_dino.py): a student predicts what a
 * momentum teacher says of other crops. The teacher sees the large crops only, and is what is evaluated.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineMethod, doubts } from '@tessera/core';
import { composeMethod, evaluationForward, MomentumCopy, withoutGradient } from '@tessera/engine';
import { z } from 'zod';
import { cifarEncoder } from '../cifar-defaults.ts';
import { embedViews } from '../embed-views.ts';
import { lastLayerDoubt } from './doubts.ts';
import { momentumAt, momentumDoubt, momentumOptions } from '../momentum.ts';

/** The defaults are a CIFAR-10 setting: two crops of 32 pixels and four of 18, ResNet-18, 1024 outputs, AdamW. */
export const dino = defineMethod({
  name: 'dino',
  summary: "A student predicts a momentum teacher's centred and sharpened output of other crops; no negatives.",
  options: z.strictObject({
    ...momentumOptions(0.996, 'cosine'),
    freezeLastLayerEpochs: z
      .int()
      .min(0)
      .default(1)
      .describe('epochs in which the last layer of the head stands still'),
  }),
  roles: ['student', 'teacher'],
  check: (options, run) => doubts(momentumDoubt(options), lastLayerDoubt(options, run)),
  objectives: ['dino'],
  parts: {
    encoder: cifarEncoder,
    head: { kind: 'head', default: { name: 'dino', options: { hidden: 512, bottleneck: 128, out: 1024 } } },
    objective: { kind: 'objective', default: { name: 'dino' } },
  },
  defaults: {
    augmenter: {
      name: 'swav',
      options: {
        crops: [
          { count: 2, size: 32, scale: [0.4, 1] },
          { count: 4, size: 18, scale: [0.08, 0.4] },
        ],
        strength: 0.5,
        blur: 'none',
      },
    },
    optimizer: {
      name: 'adamw',
      options: {
        learningRate: 1e-3,
        weightDecay: 0.04,
        exclude: ['bias', 'norm'],
        groups: [{ roles: ['weight', 'bias', 'norm'], clipNorm: 3 }],
      },
    },
    schedule: {
      name: 'warmup-cosine',
      options: { warmupEpochs: 1, warmup: 'swav', finalLearningRate: 1e-6, finalWeightDecay: 0.4 },
    },
  },
  create: (options, { build }) => {
    const encoder = build('encoder');
    const head = build('head', { inDim: encoder.featureDim });
    const teacherEncoder = build('encoder', { scope: 'teacher/encoder' });
    const teacherHead = build('head', { inDim: encoder.featureDim, scope: 'teacher/head' });
    const teacher = new MomentumCopy([encoder, head], [teacherEncoder, teacherHead]);
    const objective = build('objective', { inDim: head.outDim });
    const lastLayer = head
      .variables()
      .map(({ name }) => name)
      .filter((name) => name.includes('last_layer'));
    return composeMethod(
      { encoder, head, teacher, objective },
      {
        representation: teacherEncoder,
        project: (h_BD) => teacherHead.apply(h_BD, evaluationForward()),
        frozen: ({ epoch }) => (epoch < options.freezeLastLayerEpochs ? lastLayer : []),
        afterStep: (progress) => {
          teacher.update(momentumAt(options, progress));
        },
        embed: (groups, forward) => {
          const student = embedViews({ encoder, head }, groups, forward, 'together');
          const large = groups.slice(0, 1);
          const taught = withoutGradient(() =>
            embedViews({ encoder: teacherEncoder, head: teacherHead }, large, forward, 'together'),
          );
          const features = student.features.map((h_BD) => tf.clone(h_BD));
          return { features, embeddings: { student: student.embeddings, teacher: taught.embeddings } };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
      },
    );
  },
});
