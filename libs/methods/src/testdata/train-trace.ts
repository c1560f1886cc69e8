import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Method, NamedVariable, Optimizer, ViewGroup, ViewSpec } from '@tessera/core';
import { trainingForward, UpdateCollector } from '@tessera/engine';

/** Five steps of PyTorch; `source` in the file says how weights and pixels are made. */
export interface Trace {
  readonly losses: readonly number[];
  readonly globalGradNorms: readonly number[];
  readonly paramNormsAfter: Readonly<Record<string, number>>;
}

export function readTraces(): { readonly simclrSgd: Trace; readonly swavSgd: Trace } {
  const file = readFileSync(new URL('./train_trace.json', import.meta.url), 'utf8');
  return JSON.parse(file) as { simclrSgd: Trace; swavSgd: Trace };
}

/** The trajectory of swavSgd on the other side of a ReLU that float32 cannot decide; see docs/correctness.md. */
export function readOtherSide(): Trace {
  return JSON.parse(readFileSync(new URL('./train_trace_other_side.json', import.meta.url), 'utf8')) as Trace;
}

/** Tensor k of a state dict by formula, from torch's layout to ours; `names` is the state dict's order, without `num_batches_tracked`. */
export function fillByFormula(
  variables: readonly Pick<NamedVariable, 'name' | 'variable'>[],
  names: readonly string[],
): void {
  names.forEach((name, k) => {
    const variable = variables.find((one) => one.name.endsWith(`/${name}`))?.variable;
    if (!variable) throw new Error(`no variable ${name}`);
    const { rank } = variable;
    const shape =
      rank === 4 ? permuted(variable.shape, [3, 2, 0, 1]) : rank === 2 ? [...variable.shape].reverse() : variable.shape;
    const [, inputs = 1, height = 1, width = 1] = shape;
    const scale = rank === 4 ? 2 / Math.sqrt(inputs * height * width) : Math.sqrt(2 / inputs);
    const values = Float32Array.from({ length: variable.size }, (_, i) => {
      const s = Math.sin(0.7 * i + 1.3 * k);
      if (name.endsWith('running_mean')) return 0;
      if (name.endsWith('running_var')) return 1;
      if (rank > 1) return s * scale;
      return name.endsWith('weight') ? 1 + 0.2 * s : 0.1 * s;
    });
    tf.tidy(() => {
      const torch = tf.tensor(values, shape);
      variable.assign(rank === 4 ? tf.transpose(torch, [2, 3, 1, 0]) : rank === 2 ? tf.transpose(torch) : torch);
    });
  });
}

function permuted(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => shape[axis] ?? 0);
}

/** State-dict names of a module whose batch norms are the entries with a `bias` in `norms`. */
export function stateDictNames(weights: readonly string[]): string[] {
  return weights.flatMap((name) =>
    isNormBias(name, weights)
      ? [name, name.replace(/bias$/, 'running_mean'), name.replace(/bias$/, 'running_var')]
      : [name],
  );
}

/** A bias that follows `bn1.weight`, `downsample.1.weight` or the head's batch norm. */
function isNormBias(name: string, weights: readonly string[]): boolean {
  return (
    name.endsWith('bias') &&
    (/(bn\d|downsample\.1)\.bias$/.test(name) || (/^1\.bias$/.test(name) && weights.includes('3.weight')))
  );
}

/** View v of step s: x[j] = 0.5 + 0.5 sin(j (0.37 + 0.01 v) + 0.9 s + 0.5 sin(0.013 j)), j the flat NHWC index over the batch. */
export function traceViews(specs: readonly ViewSpec[], batch: number, step: number): ViewGroup[] {
  let view = 0;
  return specs.map(({ count, size, channels }) => {
    const perView = batch * size * size * channels;
    const values = new Float32Array(count * perView);
    for (let i = 0; i < count; i++, view++) {
      for (let j = 0; j < perView; j++) {
        values[i * perView + j] =
          0.5 + 0.5 * Math.sin(j * (0.37 + 0.01 * view) + 0.9 * step + 0.5 * Math.sin(0.013 * j));
      }
    }
    return { count, pixels: tf.tensor4d(values, [count * batch, size, size, channels]) };
  });
}

/** Runs the steps as the trainer does. */
export function runTrace(
  method: Method,
  optimizer: Optimizer,
  viewsOf: (step: number) => ViewGroup[],
  { steps, batch, learningRate }: { readonly steps: number; readonly batch: number; readonly learningRate: number },
): Trace {
  const losses: number[] = [];
  const globalGradNorms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const info = {
      progress: { step, epoch: 0, stepsPerEpoch: steps, totalSteps: steps },
      sampleIds: Int32Array.from({ length: batch }, (_, i) => i),
    };
    const updates = new UpdateCollector();
    const forward = trainingForward(updates, info);
    method.beforeStep?.(info.progress);
    const frozen = method.frozen?.(info.progress) ?? [];
    const trained = method.variables().filter(({ name }) => !frozen.includes(name));
    tf.tidy(() => {
      const views = viewsOf(step);
      const { value, grads } = tf.variableGrads(
        () => method.loss(method.embed(views, forward).embeddings, {}, forward).loss,
        trained.map(({ variable }) => variable),
      );
      const named = Object.fromEntries(trained.map(({ name, variable }) => [name, grads[variable.name] as Tensor]));
      losses.push(value.dataSync()[0] ?? NaN);
      globalGradNorms.push(Math.hypot(...Object.values(named).map(norm)));
      optimizer.update(named, { learningRate });
    });
    updates.commit();
  }
  const paramNormsAfter = Object.fromEntries(
    method.variables().map(({ name, variable }) => [torchPath(name), norm(variable)]),
  );
  return { losses, globalGradNorms, paramNormsAfter };
}

const norm = (x: Tensor): number => Math.sqrt(x.dataSync<'float32'>().reduce((sum, value) => sum + value * value, 0));

/** `encoder/layer1.0.conv1.weight` -> `encoder.layer1.0.conv1.weight`; `objective/prototypes` -> `prototypes.weight`. */
function torchPath(name: string): string {
  return name === 'objective/prototypes' ? 'prototypes.weight' : name.replace('/', '.');
}
