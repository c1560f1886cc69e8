/** What the training runs of references are held to. */
import type { NamedBuffer } from '@tessera/core';
import { toTorchLayout } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Norms, Values } from './tiny-net.ts';

/** One quantity of ours against the reference's. It is right where `error <= tolerance`, so NaN is wrong. */
export interface Compared {
  /** The step, or nothing where it is the end of the run. */
  readonly at: string;
  readonly quantity: string;
  readonly error: number;
  readonly tolerance: number;
}

/** A case of a file, to be run on the engine that is open. */
export interface TraceCase {
  readonly name: string;
  /** Trains, and leaves no tensor behind. */
  readonly compare: () => readonly Compared[];
}

/** Losses and norms of gradients of every step, before any clipping. */
export interface Run {
  readonly losses: readonly number[];
  /** Over all gradients, frozen ones too. */
  readonly globalGradNorms: readonly number[];
}

/** A variable's or buffer's name at the reference; nothing where the reference has none. */
export type NameOf = (ours: string) => string | undefined;

const NORM = 1e-3;

/** The larger of two errors, NaN if one is. */
const larger = (a: number, b: number): number => (a > b || Number.isNaN(a) ? a : b);

/** The largest error of numbers that must be as many. */
export function worst<T>(
  got: readonly number[],
  want: readonly T[],
  error: (got: number, want: T) => number = (a, b) => Math.abs(a - Number(b)),
): number {
  if (got.length !== want.length || want.length === 0) return Infinity;
  return want.map((value, i) => error(got[i] ?? NaN, value)).reduce(larger, 0);
}

export const relative = (got: number, want: number): number => Math.abs(got / want - 1);

/** Euclidean norm, summed in float64. */
export const norm = (x: Tensor): number =>
  Math.sqrt(x.dataSync<'float32'>().reduce((sum, value) => sum + value * value, 0));

/** Losses to 1e-4, absolutely, and norms of the gradients to 2e-3 of each. */
export function compareRun(got: Run, want: Run): Compared[] {
  return want.losses.flatMap((loss, step) => {
    const at = `step ${String(step)}`;
    const gradient = relative(got.globalGradNorms[step] ?? NaN, want.globalGradNorms[step] ?? NaN);
    return [
      { at, quantity: 'loss', error: Math.abs((got.losses[step] ?? NaN) - loss), tolerance: 1e-4 },
      { at, quantity: 'globalGradNorm', error: gradient, tolerance: 2e-3 },
    ];
  });
}

/** Variables and buffers by the reference's names. @throws Error where one that the reference has is missing */
function byTheirName(all: readonly NamedBuffer[], nameOf: NameOf): (theirs: string) => NamedBuffer {
  const found = new Map(all.map((one) => [nameOf(one.name), one]));
  return (theirs) => {
    const one = found.get(theirs);
    if (!one) throw new Error(`nothing of ours is ${theirs}`);
    return one;
  };
}

/** Norms of parameters after a step, to 1e-3 of each; the largest error of all. */
export function compareNorms(
  quantity: string,
  all: readonly NamedBuffer[],
  want: Norms,
  step: number,
  nameOf: NameOf,
): Compared {
  const ours = byTheirName(all, nameOf);
  const names = Object.keys(want);
  const got = names.map((name) => norm(ours(name).variable));
  const error = worst(got, names, (value, name) => relative(value, want[name]?.[step] ?? NaN));
  return { at: `step ${String(step)}`, quantity, error, tolerance: NORM };
}

/** Values at the end, to 1e-3 of the largest of each parameter or statistic. @param absolute names of which the difference itself counts */
export function compareValues(
  quantity: string,
  all: readonly NamedBuffer[],
  want: Values,
  nameOf: NameOf,
  absolute: (theirs: string) => boolean = () => false,
): Compared {
  const ours = byTheirName(all, nameOf);
  const errors = Object.entries(want).map(([name, nested]) => {
    const one = ours(name);
    const numbers = [nested].flat(4) as number[];
    const got = tf.tidy(() => [...toTorchLayout(one.name, one.variable as Tensor).dataSync()]);
    return worst(got, numbers) / (absolute(name) ? 1 : Math.max(...numbers.map(Math.abs)));
  });
  return { at: '', quantity, error: worst(errors, errors, (error) => error), tolerance: 1e-3 };
}
