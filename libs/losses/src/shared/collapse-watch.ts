import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Variable } from '@tensorflow/tfjs-core';
import { TesseraError, type ContextOf, type PendingUpdates, type Progress, type State } from '@tessera/core';
import { detached, restoreVariables } from '@tessera/engine';
import { z } from 'zod';

/** Numbers by name. */
export type Watched = Readonly<Record<string, number>>;

/** What a method that can collapse knows about it. */
export interface CollapseSigns {
  /** Names of the scalars that every step hands in. */
  readonly names: readonly string[];
  /** A step in which nothing can be learnt from anything; where three in a row are such, the message is told at once. @param first the first step that was watched */
  readonly dead: (step: Watched, first: Watched) => string | undefined;
  /** What of a step is to be averaged over a window. */
  readonly observe: (step: Watched, first: Watched) => Watched;
  /** Whether the steps of a window look collapsed: the message. @param mean of what was observed */
  readonly judge: (mean: Watched, steps: number) => string | undefined;
}

/** Dead steps in a row that are told. */
const DEAD = 3;
/** Steps that are judged together. */
const WINDOW = 20;
/** Collapsed windows in a row that are told: a healthy run may have one by chance. */
const COLLAPSED = 2;
/** Sound windows in a row after which a collapse is over. */
const SOUND = 5;

const count = z.int().min(0);
const memory = z.strictObject({
  first: z.record(z.string(), z.number()).nullable(),
  sums: z.record(z.string(), z.number()),
  steps: count,
  dead: count,
  collapsed: count,
  sound: count,
  /** The step, counted from 1, that the collapse was told at. */
  toldAt: count.nullable(),
});
type Memory = z.output<typeof memory>;

const nothing: Memory = { first: null, sums: {}, steps: 0, dead: 0, collapsed: 0, sound: 0, toldAt: null };

/**
 * Watches a run for collapse and tells it once, as `W_COLLAPSE`, and once when it is over, as `W_COLLAPSE_OVER`. What it remembers goes
 * through `state` and `restore`, so a run that is continued does not tell it again. Reads a few numbers from the engine after every step.
 */
export class CollapseWatch {
  readonly #signs: CollapseSigns;
  readonly #context: Pick<ContextOf['objective'], 'scope' | 'warn'>;
  readonly #step: Variable;
  #memory: Memory = nothing;

  constructor(context: Pick<ContextOf['objective'], 'scope' | 'warn'>, signs: CollapseSigns) {
    this.#context = context;
    this.#signs = signs;
    this.#step = tf.tidy(() => tf.variable(tf.zeros([signs.names.length]), false));
  }

  /** After the step, looks at it. @param values by name, those of {@link CollapseSigns.names} */
  count(values: Readonly<Record<string, Scalar>>, { step }: Progress, updates: PendingUpdates): void {
    const { names } = this.#signs;
    updates.assign(
      this.#step,
      detached(() => tf.stack(names.map((name) => values[name] ?? tf.scalar(NaN)))),
    );
    updates.defer(() => {
      const read = this.#step.dataSync();
      this.#look(Object.fromEntries(names.map((name, i) => [name, read[i] ?? NaN])), step + 1);
    });
  }

  #look(values: Watched, step: number): void {
    const before = this.#memory;
    const first = before.first ?? values;
    const deadly = this.#signs.dead(values, first);
    const observed = Object.entries(this.#signs.observe(values, first));
    const sums = Object.fromEntries(observed.map(([name, value]) => [name, (before.sums[name] ?? 0) + value]));
    const dead = deadly === undefined ? 0 : before.dead + 1;
    this.#memory = { ...before, first, sums, dead, steps: before.steps + 1 };
    if (deadly !== undefined && dead >= DEAD) this.#tell(deadly, step);
    if (this.#memory.steps === WINDOW) this.#endWindow(step);
  }

  #endWindow(step: number): void {
    const { sums, steps, dead, ...rest } = this.#memory;
    const mean = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / steps]));
    const message = this.#signs.judge(mean, steps);
    const collapsed = message === undefined ? 0 : rest.collapsed + 1;
    const sound = message === undefined && dead === 0 ? rest.sound + 1 : 0;
    this.#memory = { ...rest, dead, sums: {}, steps: 0, collapsed, sound };
    if (message !== undefined && collapsed >= COLLAPSED) this.#tell(message, step);
    if (rest.toldAt !== null && sound >= SOUND) {
      this.#memory = { ...this.#memory, toldAt: null };
      this.#context.warn(
        'W_COLLAPSE_OVER',
        `the collapse that was told at step ${rest.toldAt} is over at step ${step}`,
      );
    }
  }

  #tell(message: string, step: number): void {
    if (this.#memory.toldAt !== null) return;
    this.#memory = { ...this.#memory, toldAt: step };
    this.#context.warn('W_COLLAPSE', message);
  }

  state(): State {
    return { tensors: {}, json: this.#memory };
  }

  /** @throws TesseraError `E_STATE_MISMATCH` */
  restore({ tensors, json }: State): void {
    const parsed = memory.safeParse(json);
    restoreVariables('objective', [], tensors);
    if (parsed.success) {
      this.#memory = parsed.data;
      return;
    }
    throw new TesseraError({
      code: 'E_STATE_MISMATCH',
      message: `the saved state of ${this.#context.scope} has counters ${JSON.stringify(json)}, expected those of a watch for collapse`,
      next: 'Restore with the configuration that the state was saved with.',
    });
  }

  dispose(): void {
    this.#step.dispose();
  }
}
