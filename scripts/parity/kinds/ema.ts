/** ema.json: a momentum network's variables after each step. */
import { MomentumCopy, type CopiedNetwork } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { attempt, flatten, larger, largestDifference, shapeOf, type Measurement, type Nested } from '../measurement.ts';

type Named = Readonly<Record<string, Nested>>;

interface EmaCase {
  readonly kind: string;
  readonly update: 'before-optimizer-step' | 'after-optimizer-step';
  readonly online: Named;
  readonly target: Named;
  readonly steps: readonly { readonly momentum: number; readonly onlineDelta: Named; readonly targetAfter: Named }[];
}

interface Network extends CopiedNetwork {
  /** By the file's names. */
  readonly own: ReadonlyMap<string, tf.Variable>;
}

export function* ema(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly EmaCase[] }).cases) yield* attempt(one.kind, () => measure(one));
}

function* measure({ kind, update, online, target, steps }: EmaCase): Iterable<Measurement> {
  const [source, followed] = [network(online), network(online)];
  const copy = new MomentumCopy(source, followed);
  // Not every reference starts from a copy.
  for (const [name, variable] of followed.own) assign(variable, target[name] ?? NaN);
  let error = steps.length > 0 ? 0 : NaN;
  for (const { momentum, onlineDelta, targetAfter } of steps) {
    if (update === 'before-optimizer-step') copy.update(momentum);
    for (const [name, variable] of source.own)
      tf.tidy(() => {
        variable.assign(tf.add(variable, tensor(onlineDelta[name] ?? NaN)));
      });
    if (update === 'after-optimizer-step') copy.update(momentum);
    for (const [name, variable] of followed.own)
      error = larger(error, largestDifference(variable, targetAfter[name] ?? NaN));
  }
  copy.dispose();
  source.dispose();
  yield { case: kind, quantity: 'target', error, tolerance: 1e-6 };
}

const tensor = (values: Nested): tf.Tensor => tf.tensor(flatten(values), shapeOf(values));

function assign(variable: tf.Variable, values: Nested): void {
  tf.tidy(() => {
    variable.assign(tensor(values));
  });
}

function network(values: Named): Network {
  const own = new Map(Object.entries(values).map(([name, value]) => [name, tf.tidy(() => tf.variable(tensor(value)))]));
  return {
    own,
    variables: () => [...own].map(([name, variable]) => ({ name, variable, role: 'weight' })),
    buffers: () => [],
    dispose: () => {
      tf.dispose([...own.values()]);
    },
  };
}
