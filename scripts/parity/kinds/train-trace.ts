/** train_trace.json: whole training steps, SimCLR's and SwAV's. */
import { rootKey, singleProcess, type ContextOf, type Method, type Objective, type ViewSpec } from '@tessera/core';
import { withExactSums } from '@tessera/engine';
import { ntXentObjective } from '@tessera/losses';
import { simclr, swav, swavObjective } from '@tessera/methods';
import { mlpHead, resnetEncoder } from '@tessera/models';
import { sgdOptimizer } from '@tessera/optim';
import { methodContext } from '@tessera/testing';
import {
  fillByFormula,
  runTrace,
  stateDictNames,
  traceViews,
  type Trace,
} from '../../../libs/methods/src/testdata/train-trace.ts';
import { attempt, larger, type Measurement, relative } from '../measurement.ts';

/** What both traces tell; head and optimizer in words. */
interface Described extends Trace {
  readonly batch: number;
  readonly temperature: number;
  readonly head: string;
  readonly optimizer: string;
}

interface SimclrTrace extends Described {
  readonly size: number;
}

interface SwavTrace extends Described {
  readonly largeCrops: number;
  readonly largeSize: number;
  readonly smallCrops: number;
  readonly smallSize: number;
  readonly prototypes: number;
  readonly epsilon: number;
  readonly iterations: number;
  readonly queueLength: number;
  readonly freezePrototypeSteps: number;
}

interface Setting {
  readonly extension: typeof simclr;
  readonly views: readonly ViewSpec[];
  readonly buildObjective: (context: ContextOf['objective']) => Objective;
  /** Sums in float64, where the engine can. */
  readonly exact: boolean;
}

export function* trainTrace(file: unknown): Iterable<Measurement> {
  for (const [name, trace] of Object.entries(file as Record<string, unknown>)) {
    if (name === 'source') continue;
    yield* attempt(name, () => {
      if (name === 'simclrSgd') return compare(name, trace as SimclrTrace, simclrSetting(trace as SimclrTrace));
      if (name === 'swavSgd') return compare(name, trace as SwavTrace, swavSetting(trace as SwavTrace));
      throw new Error(`no trace '${name}' is known here`);
    });
  }
}

function simclrSetting({ size, temperature }: SimclrTrace): Setting {
  return {
    extension: simclr,
    views: [{ count: 2, size, channels: 3 }],
    buildObjective: (context) => ntXentObjective.build({ temperature }, context),
    exact: false,
  };
}

function swavSetting(trace: SwavTrace): Setting {
  const {
    prototypes,
    epsilon,
    iterations,
    temperature,
    queueLength: length,
    freezePrototypeSteps: freezeSteps,
  } = trace;
  const options = { prototypes, epsilon, iterations, temperature, queue: { length }, freezeSteps };
  return {
    extension: swav,
    views: [
      { count: trace.largeCrops, size: trace.largeSize, channels: 3 },
      { count: trace.smallCrops, size: trace.smallSize, channels: 3 },
    ],
    buildObjective: (context) => swavObjective.build(options, context),
    // One ReLU of the first step is decided by less than float32's rounding, and all later numbers with it (docs/correctness.md).
    exact: true,
  };
}

function* compare(
  name: string,
  trace: Described,
  { extension, views, buildObjective, exact }: Setting,
): Iterable<Measurement> {
  const { batch, losses, globalGradNorms, paramNormsAfter } = trace;
  const head = headOptions(trace.head);
  const sgd = sgdOptions(trace.optimizer);
  const key = rootKey(0);
  const data = { size: batch };
  const objective = { key, inDim: head.out, batchSize: batch, views, data, collective: singleProcess };
  const method = extension.build(
    {},
    methodContext(
      {
        encoder: () => resnetEncoder.build({ depth: 18, stem: 'cifar' }, { key, scope: 'encoder', inputChannels: 3 }),
        head: ({ inDim }) => mlpHead.build(head, { key, scope: 'head', inDim, data }),
        objective: () => buildObjective({ ...objective, scope: 'objective', warn: () => undefined }),
      },
      { key, views, batchSize: batch },
    ),
  );
  fill(method);
  const optimizer = sgdOptimizer.build(sgd, { variables: method.variables() });
  const steps = losses.length;
  const run = (): ReturnType<typeof runTrace> =>
    runTrace(method, optimizer, (step) => traceViews(views, batch, step), {
      steps,
      batch,
      learningRate: sgd.learningRate,
    });
  const got = exact ? withExactSums(run).value : run();
  for (let step = 0; step < steps; step++) {
    const at = `${name}, step ${step}`;
    const loss = relative(got.losses[step], losses[step] ?? NaN);
    yield { case: at, quantity: 'loss', error: loss, tolerance: 1e-4 };
    const gradient = relative(got.globalGradNorms[step], globalGradNorms[step] ?? NaN);
    yield { case: at, quantity: 'globalGradNorm', error: gradient, tolerance: 2e-3 };
  }
  const names = new Set([...Object.keys(got.paramNormsAfter), ...Object.keys(paramNormsAfter)]);
  const errors = [...names].map((parameter) =>
    relative(got.paramNormsAfter[parameter], paramNormsAfter[parameter] ?? NaN),
  );
  yield { case: name, quantity: 'paramNormsAfter', error: errors.reduce(larger, 0), tolerance: 1e-3 };
  optimizer.dispose();
  method.dispose();
}

/** `Linear(512,256)+BatchNorm1d+ReLU+Linear(256,64), biases` */
function headOptions(text: string): { layers: 2; hidden: number; out: number; batchNorm: 'hidden' | 'none' } {
  const [, hidden, out] = /Linear\(\d+, ?(\d+)\).*ReLU.*Linear\(\d+, ?(\d+)\)/.exec(text) ?? [];
  if (hidden === undefined || out === undefined) throw new Error(`no head of two layers: '${text}'`);
  const batchNorm = /BatchNorm1d/.test(text) ? 'hidden' : 'none';
  return { layers: 2, hidden: Number(hidden), out: Number(out), batchNorm };
}

/** `SGD lr 0.03 momentum 0.9 weight decay 1e-4 ...` */
function sgdOptions(text: string): { learningRate: number; momentum: number; weightDecay: number } {
  const [, rate, momentum, decay] = /SGD lr (\S+) momentum (\S+) weight decay ([\d.e-]+)/.exec(text) ?? [];
  if (decay === undefined) throw new Error(`no SGD: '${text}'`);
  return { learningRate: Number(rate), momentum: Number(momentum), weightDecay: Number(decay) };
}

/** Each module is filled as its own state dict, so the tensor count starts over. */
function fill(method: Method): void {
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
