import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import {
  defineObjective,
  type ContextOf,
  type DataPass,
  type Embeddings,
  type Objective,
  type Progress,
} from '@tessera/core';
import { expect } from 'vitest';
import { z } from 'zod';

/** Squared distance of the views' mean to a point that a pass over the data finds, and that every hook has a part in. */
export class EveryHook implements Objective {
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

export const everyHook = defineObjective({
  name: 'every-hook',
  summary: 'An objective that has every hook there is.',
  options: z.strictObject({}),
  create: (_options, context) => new EveryHook(context),
});
