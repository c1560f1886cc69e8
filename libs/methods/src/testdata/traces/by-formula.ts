/** Weights and pixels by formula, as `source` in train_trace.json tells. */
import type { Method, NamedVariable, ViewGroup, ViewSpec } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';

/** Each module is filled as its own state dict, so the tensor count starts over. */
export function fillModules(method: Method): void {
  const all = [...method.variables(), ...method.buffers()];
  for (const scope of ['encoder/', 'head/']) {
    const names = method.variables().flatMap(({ name }) => (name.startsWith(scope) ? [name.slice(scope.length)] : []));
    fillByFormula(
      all.filter(({ name }) => name.startsWith(scope)),
      stateDictNames(names),
    );
  }
  const prototypes = all.filter(({ name }) => name === 'objective/prototypes');
  if (prototypes.length > 0) fillByFormula(prototypes, ['prototypes']);
}

/** Tensor k of a state dict by formula, from torch's layout to ours; `names` is the state dict's order, without `num_batches_tracked`. */
function fillByFormula(variables: readonly Pick<NamedVariable, 'name' | 'variable'>[], names: readonly string[]): void {
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
function stateDictNames(weights: readonly string[]): string[] {
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
