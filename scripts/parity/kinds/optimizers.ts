/** lars_google.json, larc_swav.json, optimizers_torch.json: parameters after each step. */
import type { NamedVariable, Optimizer, VariableRole } from '@tessera/core';
import { adamwOptimizer, larcOptimizer, larsOptimizer, sgdOptimizer } from '@tessera/optim';
import * as tf from '@tensorflow/tfjs-core';
import { attempt, flatten, larger, type Measurement, type Nested, ofTheLargest, shapeOf } from '../measurement.ts';

type Named = Readonly<Record<string, Nested>>;

interface Trace {
  readonly params: Named;
  readonly grads: readonly Named[];
  readonly lr: readonly number[];
  readonly after: readonly Named[];
}

interface Adaptive extends Trace {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly trustCoefficient?: number;
}

interface TorchFile extends Pick<Trace, 'params' | 'grads'> {
  /** Steps at which a parameter has no gradient. */
  readonly frozen: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly (Pick<Trace, 'lr' | 'after'> & {
    readonly optimizer: string;
    readonly options: Readonly<Record<string, number | boolean>>;
  })[];
}

export function* larsGoogle(file: unknown): Iterable<Measurement> {
  const { momentum, weightDecay, trustCoefficient, ...trace } = file as Adaptive;
  const options = { momentum, weightDecay, trustCoefficient };
  yield* replay('lars', (variables) => larsOptimizer.build(options, { variables }), trace);
}

export function* larcSwav(file: unknown): Iterable<Measurement> {
  const { momentum, weightDecay, ...trace } = file as Adaptive;
  yield* replay('larc', (variables) => larcOptimizer.build({ momentum, weightDecay }, { variables }), trace);
}

export function* optimizersTorch(file: unknown): Iterable<Measurement> {
  const { cases, params, grads, frozen } = file as TorchFile;
  for (const { optimizer, options, lr, after } of cases) {
    const name = `${optimizer} ${JSON.stringify(options)}`;
    yield* attempt(name, () => {
      const extension = [sgdOptimizer, adamwOptimizer].find((one) => one.name === optimizer);
      if (!extension) throw new Error(`no optimizer '${optimizer}' of torch is known here`);
      const build = (variables: readonly NamedVariable[]): Optimizer => extension.build(options, { variables });
      return replay(name, build, { params, grads, lr, after }, frozen);
    });
  }
}

function* replay(
  name: string,
  build: (variables: readonly NamedVariable[]) => Optimizer,
  { params, grads, lr, after }: Trace,
  frozen: TorchFile['frozen'] = {},
): Iterable<Measurement> {
  const variables = Object.entries(params).map(([parameter, values]) => ({
    name: parameter,
    variable: tf.variable(toTensor(values)),
    role: roleOf(parameter),
  }));
  const optimizer = build(variables);
  for (const [step, named] of grads.entries()) {
    const active = Object.entries(named).filter(([parameter]) => !frozen[parameter]?.includes(step));
    optimizer.update(Object.fromEntries(active.map(([parameter, values]) => [parameter, toTensor(values)])), {
      learningRate: lr[step] ?? NaN,
    });
    const error = variables
      .map(({ name: parameter, variable }) => ofTheLargest(variable, after[step]?.[parameter] ?? []))
      .reduce(larger, 0);
    yield { case: `${name}, step ${step}`, quantity: 'parameters', error, tolerance: 1e-5 };
  }
  optimizer.dispose();
  tf.dispose(variables.map(({ variable }) => variable));
}

function roleOf(name: string): VariableRole {
  if (name.includes('bias')) return 'bias';
  return /norm|gamma|bn/.test(name) ? 'norm' : 'weight';
}

function toTensor(values: Nested): tf.Tensor {
  return tf.tensor(flatten(values), shapeOf(values), 'float32');
}
