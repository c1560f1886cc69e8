/** Whole training runs of references on a tiny network, and ours on the same numbers. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  rootKey,
  type Encoder,
  type Method,
  type NamedBuffer,
  type Optimizer,
  type Progress,
  type Rates,
  type ViewGroup,
} from '@tessera/core';
import { fromTorchLayout, toTorchLayout, trainingForward, UpdateCollector } from '@tessera/engine';
import { createBatchNorm, createConv2d, createLinear, globalAveragePool, ParameterSet } from '@tessera/models';
import { expect } from 'vitest';

type Nested = number | readonly Nested[];
/** Values by the reference's name, in torch's layout. */
export type Values = Readonly<Record<string, Nested>>;
/** One number a step, by the reference's name. */
export type Norms = Readonly<Record<string, readonly number[]>>;

/** conv 3x3 of stride 2, batch norm, relu, mean over pixels, and a linear layer where `out` is given: the network of all traces. */
export function tinyNet(scope: string, width: number, out?: number): Encoder {
  const parameters = new ParameterSet(scope, rootKey(0));
  const conv = createConv2d(parameters, 'conv', { inChannels: 3, outChannels: width, kernel: 3, stride: 2 });
  const norm = createBatchNorm(parameters, 'bn', { channels: width });
  const linear =
    out === undefined ? undefined : createLinear(parameters, 'fc', { inDim: width, outDim: out, bias: true });
  return {
    featureDim: out ?? width,
    variables: () => parameters.variables,
    buffers: () => parameters.buffers,
    apply: (x_BHWC, forward): Tensor2D => {
      const h_BD = globalAveragePool(norm(conv(x_BHWC), forward, { relu: true }));
      return linear ? linear(h_BD) : h_BD;
    },
    dispose: () => {
      parameters.dispose();
    },
  };
}

/** Integers [view][image][channel][row][column] to pixels, x = integer / 64. One group. */
export function viewsFrom(integers: Nested): ViewGroup {
  const x_VBCHW = tf.tensor(integers, undefined, 'float32');
  const [count = 0, batch = 0, ...rest] = x_VBCHW.shape;
  const x_NCHW = tf.reshape<tf.Rank.R4>(x_VBCHW, [count * batch, ...rest] as [number, number, number, number]);
  return { count, pixels: tf.transpose(tf.div<Tensor4D>(x_NCHW, 64), [0, 2, 3, 1]) };
}

/** Fills what `nameOf` knows with the reference's values; what it does not is set to zero. */
export function fill(all: readonly NamedBuffer[], values: Values, nameOf: (ours: string) => string | undefined): void {
  tf.tidy(() => {
    for (const { name, variable } of all) {
      const theirs = nameOf(name);
      const given = theirs === undefined ? undefined : values[theirs];
      if (theirs !== undefined && given === undefined) throw new Error(`the reference has no ${theirs} for ${name}`);
      variable.assign(
        given === undefined ? tf.zerosLike(variable) : fromTorchLayout(name, tf.tensor(given, undefined, 'float32')),
      );
    }
  });
}

const norm = (x: Tensor): number => Math.sqrt(x.dataSync<'float32'>().reduce((sum, value) => sum + value * value, 0));

/** What a run is made of. */
export interface TraceSetting {
  readonly method: Method;
  readonly optimizer: Optimizer;
  readonly views: (step: number) => ViewGroup[];
  readonly steps: number;
  readonly progress: (step: number) => Progress;
  readonly rates: (step: number) => Rates;
  /** After each step, all of its changes done. */
  readonly after: (step: number) => void;
}

/** Losses and norms of all gradients, frozen ones too, before any clipping, of every step. */
export interface Run {
  readonly losses: readonly number[];
  readonly globalGradNorms: readonly number[];
}

/** Trains as the trainer does; gradients of what is frozen are measured, and dropped. */
export function runSteps({ method, optimizer, views, steps, progress, rates, after }: TraceSetting): Run {
  const losses: number[] = [];
  const globalGradNorms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const now = progress(step);
    const updates = new UpdateCollector();
    method.beforeStep?.(now);
    const frozen = method.frozen?.(now) ?? [];
    tf.tidy(() => {
      const input = views(step);
      const forward = trainingForward(updates, { progress: now, key: rootKey(step) });
      const { value, grads } = tf.variableGrads(
        () => method.loss(method.embed(input, forward).embeddings, {}, forward).loss,
        method.variables().map(({ variable }) => variable),
      );
      const named = method.variables().map(({ name, variable }): [string, Tensor] => {
        const gradient = grads[variable.name];
        if (!gradient) throw new Error(`no gradient of ${name}`);
        return [name, gradient];
      });
      losses.push(value.dataSync()[0] ?? NaN);
      globalGradNorms.push(Math.hypot(...named.map(([, gradient]) => norm(gradient))));
      optimizer.update(Object.fromEntries(named.filter(([name]) => !frozen.includes(name))), rates(step));
    });
    updates.commit();
    method.afterStep?.(now);
    after(step);
  }
  return { losses, globalGradNorms };
}

/** Losses to 1e-4, absolutely, and norms of the gradients to 2e-3 of each. */
export function expectRun(got: Run, want: Run): void {
  want.losses.forEach((loss, step) => {
    expect(Math.abs((got.losses[step] ?? NaN) - loss), `loss of step ${step}`).toBeLessThan(1e-4);
  });
  want.globalGradNorms.forEach((length, step) => {
    expect(Math.abs((got.globalGradNorms[step] ?? NaN) / length - 1), `gradient of step ${step}`).toBeLessThan(2e-3);
  });
}

/** Variables and buffers by the reference's names. */
function named(
  all: readonly NamedBuffer[],
  nameOf: (ours: string) => string | undefined,
): ReadonlyMap<string, NamedBuffer> {
  return new Map(
    all.flatMap((one) => {
      const theirs = nameOf(one.name);
      return theirs === undefined ? [] : [[theirs, one] as const];
    }),
  );
}

/** Norms of parameters after a step, to 1e-3 of each. */
export function expectNorms(
  all: readonly NamedBuffer[],
  want: Norms,
  step: number,
  nameOf: (ours: string) => string | undefined,
): void {
  const ours = named(all, nameOf);
  for (const [name, perStep] of Object.entries(want)) {
    const one = ours.get(name);
    if (!one) throw new Error(`nothing of ours is ${name}`);
    expect(Math.abs(norm(one.variable) / (perStep[step] ?? NaN) - 1), `norm of ${name}, step ${step}`).toBeLessThan(
      1e-3,
    );
  }
}

/** Values at the end: parameters and running statistics, to 1e-3 of the largest of each; running means to 1e-3 absolutely. */
export function expectValues(
  all: readonly NamedBuffer[],
  want: Values,
  nameOf: (ours: string) => string | undefined,
): void {
  const ours = named(all, nameOf);
  for (const [name, nested] of Object.entries(want)) {
    const one = ours.get(name);
    if (!one) throw new Error(`nothing of ours is ${name}`);
    const numbers = [nested].flat(4) as number[];
    const got = tf.tidy(() => [...toTorchLayout(one.name, one.variable as Tensor).dataSync()]);
    expect(got.length).toBe(numbers.length);
    const scale = name.endsWith('running_mean') ? 1 : Math.max(...numbers.map(Math.abs));
    const worst = Math.max(...numbers.map((value, i) => Math.abs((got[i] ?? NaN) - value)));
    expect(worst / scale, `values of ${name}`).toBeLessThan(1e-3);
  }
}
