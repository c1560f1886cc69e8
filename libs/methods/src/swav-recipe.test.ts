/** SwAV's recipe (multi-crop, queue from a later epoch, frozen prototypes, AdamW, warm-up and cosine) against PyTorch, step by step. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Method, ViewGroup, ViewSpec } from '@tessera/core';
import { openEngine, UpdateCollector } from '@tessera/engine';
import { adamwOptimizer, warmupCosineSchedule } from '@tessera/optim';
import { describeEngines } from '@tessera/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';
import { stepOf, methodContext, objectiveContext } from './testdata/toy.ts';
import { trainingForward } from '@tessera/engine';

/** One entry a step; `source` in the file says how it was made. */
interface Recording {
  readonly losses: readonly number[];
  readonly learningRates: readonly number[];
  /** Mean of the codes' largest entries. */
  readonly codeSharpness: readonly number[];
  readonly queueServes: readonly boolean[];
  /** [D, K] after each step. */
  readonly prototypes: readonly (readonly number[])[];
  /** After the last step, as `encoder`, `head` and, one an assigned crop, `queue`. */
  readonly encoder: readonly number[];
  readonly head: readonly number[];
  readonly queue: readonly (readonly number[])[];
}
type Trajectory = Omit<Recording, 'queueServes'>;

const recording = JSON.parse(
  readFileSync(new URL('./testdata/swav_recipe.json', import.meta.url), 'utf8'),
) as Recording;

const BATCH = 16;
const CHANNELS = 6;
const STEPS_PER_EPOCH = 3;
const STEPS = 12;
const specs: readonly ViewSpec[] = [
  { count: 2, size: 2, channels: CHANNELS },
  { count: 2, size: 1, channels: CHANNELS },
];
const recipe = { prototypes: 8, queue: { length: 32, fromEpoch: 2 }, freezeEpochs: 1 };

const wave = (count: number, k: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(0.7 * i + 1.3 * k + 0.5 * Math.sin(0.13 * i)));
const halved = (values: readonly number[]): number[] => values.map((value) => value / 2);

/** Crops of one colour an image: the toy encoder's mean gives back the row of six. */
function viewsOf(step: number): ViewGroup[] {
  const shared = wave(BATCH * CHANNELS, 10);
  let crop = 0;
  return specs.map(({ count, size }) => {
    const crops = Array.from({ length: count }, () => {
      const own = wave(BATCH * CHANNELS, 11 + 4 * step + crop++);
      const colours = tf.tensor4d(
        shared.map((value, i) => value + 0.5 * (own[i] ?? NaN)),
        [BATCH, 1, 1, CHANNELS],
      );
      return tf.tile<Tensor4D>(colours, [1, size, size, 1]);
    });
    return { count, pixels: tf.concat(crops) };
  });
}

function fill(method: Method): void {
  const start: Readonly<Record<string, readonly number[]>> = {
    'encoder/weight': halved(wave(48, 0)),
    'head/weight': halved(wave(32, 1)),
    'objective/prototypes': wave(32, 2),
  };
  for (const { name, variable } of method.variables())
    tf.tidy(() => {
      variable.assign(tf.tensor([...(start[name] ?? [])], variable.shape));
    });
}

/** Twelve steps, in the order in which the trainer does them. */
function train(options: object): Trajectory {
  const method = swav.build(
    {},
    methodContext(specs, BATCH, (dim) => swavObjective.build(options, objectiveContext(specs, BATCH, dim))),
  );
  fill(method);
  const optimizer = adamwOptimizer.build({ learningRate: 0.05, weightDecay: 0.01 }, { variables: method.variables() });
  const schedule = warmupCosineSchedule.build(
    { warmupEpochs: 1 },
    { stepsPerEpoch: STEPS_PER_EPOCH, totalSteps: STEPS, batchSize: BATCH, learningRate: 0.05 },
  );
  const valuesOf = (name: string): number[] => [
    ...(method
      .variables()
      .find((one) => one.name === name)
      ?.variable.dataSync() ?? []),
  ];
  const losses: number[] = [];
  const learningRates: number[] = [];
  const codeSharpness: number[] = [];
  const prototypes: number[][] = [];
  for (let step = 0; step < STEPS; step++) {
    const batch = stepOf(BATCH, step, STEPS_PER_EPOCH);
    const updates = new UpdateCollector();
    const rates = schedule(step);
    method.beforeStep?.(batch.progress);
    const frozen = method.frozen?.(batch.progress) ?? [];
    const trained = method.variables().filter(({ name }) => !frozen.includes(name));
    tf.tidy(() => {
      const views = viewsOf(step);
      const { value, grads } = tf.variableGrads(
        () => {
          const forward = trainingForward(updates, batch);
          const { loss, metrics } = method.loss(method.embed(views, forward).embeddings, {}, forward);
          const { codeSharpness: sharpness = NaN } = metrics;
          codeSharpness.push(typeof sharpness === 'number' ? sharpness : (sharpness.dataSync()[0] ?? NaN));
          return loss;
        },
        trained.map(({ variable }) => variable),
      );
      losses.push(value.dataSync()[0] ?? NaN);
      optimizer.update(
        Object.fromEntries(trained.map(({ name, variable }) => [name, grads[variable.name] as Tensor])),
        rates,
      );
    });
    updates.commit();
    learningRates.push(rates.learningRate);
    prototypes.push(valuesOf('objective/prototypes'));
  }
  const { tensors } = method.state();
  const result = {
    losses,
    learningRates,
    codeSharpness,
    prototypes,
    encoder: valuesOf('encoder/weight'),
    head: valuesOf('head/weight'),
    queue: [0, 1].map((crop) => [...(tensors[`objective/queue.${crop}`]?.dataSync() ?? [])]),
  };
  optimizer.dispose();
  method.dispose();
  return result;
}

/** The largest difference between numbers at the same place. */
function furthest(got: readonly number[], expected: readonly number[]): number {
  expect(got).toHaveLength(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs((got[i] ?? NaN) - value)));
}

/** The first step whose loss, codes or prototypes leave the recording by a hundredth; -1: none. */
const leaves = ({ losses, codeSharpness, prototypes }: Trajectory): number =>
  losses.findIndex(
    (loss, step) =>
      Math.abs(loss - (recording.losses[step] ?? NaN)) > 0.01 ||
      Math.abs((codeSharpness[step] ?? NaN) - (recording.codeSharpness[step] ?? NaN)) > 0.01 ||
      furthest(prototypes[step] ?? [], recording.prototypes[step] ?? []) > 0.01,
  );

await describeEngines(['cpu', 'wasm', 'torch', 'tensorflow'], () => {
  it('follows PyTorch for twelve steps', () => {
    const got = train(recipe);
    for (const name of ['losses', 'learningRates', 'codeSharpness', 'encoder', 'head'] as const)
      expect(furthest(got[name], recording[name]), name).toBeLessThan(1e-4);
    for (const name of ['prototypes', 'queue'] as const)
      expect(furthest(got[name].flat(), recording[name].flat()), name).toBeLessThan(1e-4);
  });
});

describe('the recording', () => {
  beforeAll(async () => {
    await openEngine('cpu');
  });

  it('has a queue that fills in the third epoch and serves once it is full', () => {
    expect(recording.queueServes.indexOf(true)).toBe(2 * STEPS_PER_EPOCH + recipe.queue.length / BATCH);
  });

  // A test that would pass an epoch off by one would show nothing.
  it.each([
    ['no frozen epoch', { ...recipe, freezeEpochs: 0 }, 1],
    ['a second frozen epoch', { ...recipe, freezeEpochs: 2 }, 3],
    ['a queue from the second epoch', { ...recipe, queue: { length: 32, fromEpoch: 1 } }, 5],
    ['a queue from the fourth epoch', { ...recipe, queue: { length: 32, fromEpoch: 3 } }, 8],
    ['no queue', { ...recipe, queue: null }, 8],
  ])('is left by %s', (_what, options, step) => {
    expect(leaves(train(options))).toBe(step);
  });
});
