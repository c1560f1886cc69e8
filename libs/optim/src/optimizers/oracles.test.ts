/** The optimizers against the numbers of their reference implementations, step by step. */
import type { NamedVariable, Optimizer, VariableRole } from '@tessera/core';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { flatten, readOracle, relativeError, shapeOf, type Nested } from '../testdata/read-oracle.ts';
import { adamwOptimizer } from './adamw.ts';
import { larcOptimizer } from './larc.ts';
import { larsOptimizer } from './lars.ts';
import { sgdOptimizer } from './sgd.ts';

const TOLERANCE = 1e-5;
const extensions = { sgd: sgdOptimizer, adamw: adamwOptimizer, lars: larsOptimizer, larc: larcOptimizer };

type Named = Readonly<Record<string, Nested>>;

interface Trace {
  readonly params: Named;
  readonly grads: readonly Named[];
  readonly lr: readonly number[];
  readonly after: readonly Named[];
}

interface TorchFile {
  readonly params: Named;
  readonly grads: readonly Named[];
  readonly frozen: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly {
    optimizer: 'sgd' | 'adamw';
    options: Record<string, number | boolean>;
    lr: readonly number[];
    after: readonly Named[];
  }[];
}

function roleOf(name: string): VariableRole {
  if (name.includes('bias')) return 'bias';
  return /norm|gamma|bn/.test(name) ? 'norm' : 'weight';
}

function toTensor(values: Nested): tf.Tensor {
  return tf.tensor(flatten(values), shapeOf(values), 'float32');
}

/** Runs the trace; returns the largest error of any parameter after any step. */
function replay(
  build: (variables: readonly NamedVariable[]) => Optimizer,
  trace: Trace,
  frozen: TorchFile['frozen'] = {},
): number {
  const variables = Object.entries(trace.params).map(([name, values]) => ({
    name,
    variable: tf.variable(toTensor(values)),
    role: roleOf(name),
  }));
  const optimizer = build(variables);
  let worst = 0;
  trace.grads.forEach((named, step) => {
    const active = Object.entries(named).filter(([name]) => !(frozen[name]?.includes(step) ?? false));
    const grads = Object.fromEntries(active.map(([name, values]) => [name, toTensor(values)]));
    const tensors = tf.memory().numTensors;
    optimizer.update(grads, { learningRate: trace.lr[step] ?? NaN });
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose(grads);
    for (const { name, variable } of variables) {
      const error = relativeError(variable.dataSync(), flatten(trace.after[step]?.[name] ?? []));
      expect(error, `${name} after step ${step}`).toBeLessThan(TOLERANCE);
      worst = Math.max(worst, error);
    }
  });
  optimizer.dispose();
  tf.dispose(variables.map(({ variable }) => variable));
  return worst;
}

const torch = readOracle('optimizers_torch') as TorchFile;

await describeEngines(['cpu', 'wasm', 'torch'], () => {
  test.each(torch.cases)('torch $optimizer $options', ({ optimizer, options, lr, after }) => {
    replay((variables) => extensions[optimizer].build(options, { variables }), { ...torch, lr, after }, torch.frozen);
  });

  test('lars of google-research/simclr', () => {
    const trace = readOracle('lars_google') as Trace & { weightDecay: number; trustCoefficient: number };
    const { weightDecay, trustCoefficient } = trace;
    replay((variables) => larsOptimizer.build({ weightDecay, trustCoefficient }, { variables }), trace);
  });

  test('lars, the same exclusions by name', () => {
    const trace = readOracle('lars_google') as Trace & { weightDecay: number };
    const options = {
      weightDecay: trace.weightDecay,
      exclude: [],
      excludeNames: ['batch_normalization', 'bias', 'head_supervised'],
    };
    replay((variables) => larsOptimizer.build(options, { variables }), trace);
  });

  test('larc of SwAV', () => {
    const trace = readOracle('larc_swav') as Trace & { weightDecay: number };
    replay((variables) => larcOptimizer.build({ weightDecay: trace.weightDecay }, { variables }), trace);
  });
});
