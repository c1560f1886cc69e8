/** Methods of strangers that must pass: with a momentum encoder, and forwarding by hand, under an objective that has every hook. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import {
  defineMethod,
  defineObjective,
  definePlugin,
  statelessObjective,
  type ContextOf,
  type DataPass,
  type Method,
  type Embeddings,
  type Objective,
  type Progress,
} from '@tessera/core';
import { composeMethod, evaluationForward, MomentumCopy, toFloat32, withoutGradient } from '@tessera/engine';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { methodUnderTest } from './method-under-test.ts';
import { testMethod } from './test-method.ts';

/** Squared distance of the views' mean to a point that a pass over the data finds, and that every hook has a part in. */
class EveryHook implements Objective {
  static calls: string[] = [];
  readonly #context: ContextOf['objective'];
  #centre_D: Tensor2D | undefined;
  readonly #weight: tf.Variable;
  readonly #past: tf.Variable;
  #steps = 0;

  constructor(context: ContextOf['objective']) {
    this.#context = context;
    this.#weight = tf.tidy(() => tf.variable(tf.ones([1, context.inDim])));
    this.#past = tf.tidy(() => tf.variable(tf.zeros([1, context.inDim])));
  }

  variables() {
    return [{ name: `${this.#context.scope}/weight`, variable: this.#weight, role: 'weight' as const }];
  }

  state() {
    return {
      tensors: { centre: this.#centre_D ?? this.#past, past: this.#past },
      json: { steps: this.#steps },
    };
  }

  restore({ tensors, json }: ReturnType<Objective['state']>): void {
    const { centre, past } = tensors;
    if (!centre || !past) throw new Error('no state');
    this.#centre_D?.dispose();
    this.#centre_D = tf.keep(tf.clone(centre as Tensor2D));
    this.#past.assign(tf.tidy(() => tf.clone(past)));
    this.#steps = (json as { steps: number }).steps;
  }

  async beforeEpoch(_progress: Progress, pass: DataPass): Promise<void> {
    EveryHook.calls.push('beforeEpoch');
    await pass((z_BD) => {
      expect(z_BD.shape[1], 'the objective sees embeddings').toBe(this.#context.inDim);
      this.#centre_D?.dispose();
      this.#centre_D = tf.keep(tf.tidy(() => tf.mean<Tensor2D>(z_BD, 0, true)));
    });
  }

  beforeStep(): void {
    EveryHook.calls.push('beforeStep');
    this.#steps++;
  }

  afterStep(): void {
    EveryHook.calls.push('afterStep');
    tf.tidy(() => {
      this.#past.assign(tf.add(tf.mul(this.#past, 0.5), tf.mul(this.#weight, 0.5)));
    });
  }

  frozen({ step }: Progress): readonly string[] {
    return step < 2 ? this.variables().map(({ name }) => name) : [];
  }

  epochMetrics(): Record<string, number> {
    EveryHook.calls.push('epochMetrics');
    return { steps: this.#steps };
  }

  loss({ online: views = [] }: Embeddings): ReturnType<Objective['loss']> {
    const centre_D = this.#centre_D;
    if (!centre_D) throw new Error('beforeEpoch was not forwarded');
    const mean_BD = tf.div(tf.addN([...views]), views.length);
    const distance = tf.square(tf.sub(tf.mul(mean_BD, this.#weight), tf.add(centre_D, tf.mul(this.#past, 0.1))));
    return { loss: tf.mean<Scalar>(distance), metrics: {} };
  }

  dispose(): void {
    tf.dispose([this.#weight, this.#past]);
    this.#centre_D?.dispose();
  }
}

const everyHook = defineObjective({
  name: 'every-hook',
  summary: 'An objective that has every hook there is.',
  options: z.strictObject({}),
  create: (_options, context) => new EveryHook(context),
});
/** Mean squared distance of online and target embeddings of the other view. */
const distance = defineObjective({
  name: 'distance',
  summary: "Mean squared distance of each view to the other's target.",
  options: z.strictObject({}),
  create: () =>
    statelessObjective(({ online = [], target = [] }) => {
      const others = target.toReversed();
      const terms = online.map((z_BD, i) => tf.squaredDifference(z_BD, others[i] ?? z_BD));
      return { loss: tf.mean<Scalar>(tf.addN(terms)), metrics: {} };
    }),
});
const plugins = [definePlugin({ name: 'strangers', contract: 2, extensions: [everyHook, distance] })];

const named = (objective: string) =>
  ({
    parts: {
      encoder: { kind: 'encoder', default: { name: 'encoder' } },
      head: { kind: 'head', default: { name: 'head' } },
      objective: { kind: 'objective', default: { name: objective } },
    },
    defaults: { augmenter: { name: 'augmenter' }, optimizer: { name: 'optimizer' }, schedule: { name: 'schedule' } },
  }) as const;

/** BYOL without its predictor: each view is drawn to the other's target. */
const momentum = defineMethod({
  name: 'momentum',
  summary: 'Views follow the embeddings of a momentum encoder.',
  options: z.strictObject({}),
  ...named('distance'),
  create: (_options, { build }) => {
    const [encoder, targetEncoder] = [build('encoder'), build('encoder', { scope: 'target/encoder' })];
    const head = build('head', { inDim: encoder.featureDim });
    const targetHead = build('head', { inDim: encoder.featureDim, scope: 'target/head' });
    const target = new MomentumCopy([encoder, head], [targetEncoder, targetHead]);
    const objective = build('objective', { inDim: head.outDim });
    return composeMethod(
      { encoder, head, target, objective },
      {
        embed: (groups, forward) => {
          const features = groups.flatMap(({ count, pixels }) =>
            tf.split<Tensor2D>(encoder.apply(pixels, forward), count),
          );
          const targets = withoutGradient(() =>
            groups.flatMap(({ count, pixels }) =>
              tf.split<Tensor2D>(targetHead.apply(targetEncoder.apply(pixels, forward), forward), count),
            ),
          );
          return { features, embeddings: { online: features.map((h) => head.apply(h, forward)), target: targets } };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
        afterStep: ({ step, totalSteps }) => {
          target.update(1 - 0.1 * (1 - step / totalSteps));
        },
      },
    );
  },
});

/** Everything forwarded by hand. */
const byHand = defineMethod({
  name: 'by-hand',
  summary: 'One encoder and one head, every hook of the objective forwarded by hand.',
  options: z.strictObject({}),
  ...named('every-hook'),
  create: (_options, { build }): Method => {
    const encoder = build('encoder');
    const head = build('head', { inDim: encoder.featureDim });
    const objective = build('objective', { inDim: head.outDim });
    return {
      representation: encoder,
      variables: () => [...encoder.variables(), ...head.variables(), ...objective.variables()],
      buffers: () => [...encoder.buffers(), ...head.buffers()],
      state: () => objective.state(),
      restore: (state) => {
        objective.restore(state);
      },
      beforeEpoch: async (progress, pass) => {
        await objective.beforeEpoch?.(progress, (visit) =>
          pass((h_BD, ids) => {
            const z_BD = tf.tidy(() => toFloat32(head.apply(h_BD, evaluationForward())));
            visit(z_BD, ids);
            z_BD.dispose();
          }),
        );
      },
      beforeStep: (progress) => objective.beforeStep?.(progress),
      afterStep: (progress) => objective.afterStep?.(progress),
      frozen: (progress) => objective.frozen?.(progress) ?? [],
      epochMetrics: () => objective.epochMetrics?.() ?? {},
      embed: (groups, forward) => {
        const features = groups.flatMap(({ count, pixels }) =>
          tf.split<Tensor2D>(encoder.apply(pixels, forward), count),
        );
        return { features, embeddings: { online: features.map((h_BD) => head.apply(h_BD, forward)) } };
      },
      loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
      dispose: () => {
        for (const part of [encoder, head, objective]) part.dispose();
      },
    };
  },
});

testMethod(momentum, { plugins });
testMethod(byHand, { plugins });

describe('a run of the kit', () => {
  test('calls the hooks as a run does', async () => {
    const { build, train } = methodUnderTest(byHand, { plugins });
    const method = await build();
    EveryHook.calls = [];
    for (let step = 0; step < 6; step++) await train(method, step);
    method.dispose();
    const steps = ['beforeStep', 'afterStep'];
    const epoch = Array.from({ length: 5 }, () => steps).flat();
    expect(EveryHook.calls).toEqual(['beforeEpoch', ...epoch, 'epochMetrics', 'beforeEpoch', ...steps]);
  });

  test('a momentum encoder follows the weights that the step left, not those before it', async () => {
    const { build, train } = methodUnderTest(momentum, { plugins });
    const method = await build();
    const [weight] = method.variables();
    const target = method.buffers().find(({ name }) => name === 'target/encoder/conv.weight');
    if (!weight || !target) throw new Error('no weights');
    const start = [...target.variable.dataSync()];
    expect(start).toEqual([...weight.variable.dataSync()]);
    // Changes the target, so that there is a loss.
    tf.tidy(() => {
      target.variable.assign(tf.add(target.variable, 1));
    });
    await train(method, 0);
    const online = [...weight.variable.dataSync()];
    expect(online).not.toEqual(start);
    [...target.variable.dataSync()].forEach((value, i) => {
      expect(value).toBeCloseTo(0.9 * ((start[i] ?? NaN) + 1) + 0.1 * (online[i] ?? NaN), 5);
    });
    method.dispose();
  });
});
