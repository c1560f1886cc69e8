import {
  Registry,
  singleProcess,
  type BuildPart,
  type Encoder,
  type Head,
  type Json,
  type Method,
  type MethodExtension,
  type MethodPart,
  type MethodParts,
  type Objective,
  type Plugin,
  type ViewGroup,
  type ViewSpec,
} from '@tessera/core';
import { UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { plain } from './expectations.ts';
import {
  batchOf,
  beginEpoch,
  data,
  endEpoch,
  freeVariables,
  key,
  LATE,
  normal,
  numberOf,
  passOf,
  progressAt,
  trainingForward,
  twoViews,
  valuesOf,
} from './fixtures.ts';
import { tinyEncoder, tinyHead } from './tiny-parts.ts';
import type { AskedObjective } from './watched-objective.ts';

/** How a method is built, and what it is fed. */
export interface MethodSetting {
  /** Options that have no default. */
  readonly options?: Json;
  /** Packages with the objective that the method takes by default; none where it has no objective. */
  readonly plugins?: readonly Plugin[];
  /** Options of that objective, where its defaults are too large for eight images. */
  readonly objective?: Json;
  /** Default: two views of 8 pixels. */
  readonly views?: readonly ViewSpec[];
}

/** Images in a batch. */
export const BATCH = 8;
const LEARNING_RATE = 0.01;

/** Sees, or changes, what a method builds. */
export interface Watch {
  readonly network?: <N extends Encoder | Head>(part: string, scope: string, network: N) => N;
  readonly objective?: (asked: AskedObjective) => Objective;
}

export type MethodUnderTest = ReturnType<typeof methodUnderTest>;

/** What the tests of a method do with it: build, feed, step and look. */
export function methodUnderTest(extension: MethodExtension, setting: MethodSetting = {}) {
  const { options = {}, plugins = [], objective, views = twoViews } = setting;

  const build = async (watch: Watch = {}): Promise<Method> => {
    const registry = new Registry(plugins);
    const seen = <N extends Encoder | Head>(part: string, scope: string, network: N): N =>
      watch.network?.(part, scope, network) ?? network;
    const warn = (): void => undefined;
    const shared = { key, batchSize: BATCH, views, data, collective: singleProcess, warn };
    const build: BuildPart<MethodParts> = (part, ...[given]) => {
      const made = partOf(extension, part);
      const scope = given?.scope ?? part;
      const inDim = given && 'inDim' in given ? given.inDim : 0;
      if (made.kind === 'encoder') return seen(part, scope, tinyEncoder({ key, scope }, views[0]?.channels ?? 3));
      if (made.kind === 'head') return seen(part, scope, tinyHead({ key, scope }, inDim));
      const { name, options: chosen } = made.default;
      const asked = {
        part,
        scope,
        inDim,
        objective: registry.get('objective', name).build(objective ?? chosen ?? {}, { ...shared, scope, inDim }),
      };
      return watch.objective?.(asked) ?? asked.objective;
    };
    const method = extension.build(options, { ...shared, build });
    await method.beforeEpoch?.(progressAt(0), passOf(method.representation.featureDim));
    return method;
  };

  const viewsOf = (step: number): ViewGroup[] =>
    views.map(({ count, size, channels }, i) => ({
      count,
      pixels: normal<tf.Rank.R4>(`pixels ${String(i)} of step ${String(step)}`, [count * BATCH, size, size, channels]),
    }));

  const lossOf = (method: Method, input: readonly ViewGroup[], step: number, updates: UpdateCollector): tf.Scalar => {
    const forward = trainingForward(updates, step, BATCH);
    return method.loss(method.embed(input, forward).embeddings, batchOf(BATCH), forward).loss;
  };

  /** The loss of the late step, its updates thrown away. */
  const triedLoss = (method: Method, input: readonly ViewGroup[]): tf.Scalar => {
    const updates = new UpdateCollector();
    try {
      return lossOf(method, input, LATE, updates);
    } finally {
      updates.discard();
    }
  };

  /** A whole step with every hook: plain gradient descent stands in for the optimizer. @returns the loss before it */
  const train = async (method: Method, step: number): Promise<number> => {
    await beginEpoch(method, step, method.representation.featureDim);
    method.beforeStep?.(progressAt(step));
    const input = viewsOf(step);
    const updates = new UpdateCollector();
    const variables = freeVariables(method, step);
    const { value, grads } = tf.tidy(() => tf.variableGrads(() => lossOf(method, input, step, updates), variables));
    const loss = numberOf(value);
    tf.tidy(() => {
      for (const variable of variables)
        variable.assign(tf.sub(variable, tf.mul(grads[variable.name] ?? 0, LEARNING_RATE)));
    });
    tf.dispose([value, grads]);
    updates.commit();
    method.afterStep?.(progressAt(step));
    release(input);
    endEpoch(method, step);
    return loss;
  };

  return {
    extension,
    build,
    viewsOf,
    lossOf,
    triedLoss,
    triedValue: (method: Method, input: readonly ViewGroup[]): number =>
      tf.tidy(() => numberOf(triedLoss(method, input))),
    train,
  };
}

function partOf({ name, parts }: MethodExtension, part: string): MethodPart {
  const found = parts[part];
  if (found) return found;
  throw new Error(
    `the method ${name} builds '${part}', which its \`parts\` do not name: ${Object.keys(parts).join(', ')}`,
  );
}

/** Disposes views. */
export function release(input: readonly ViewGroup[]): void {
  tf.dispose(input.map(({ pixels }) => pixels));
}

/** All that a step can change, as plain values. */
export function everything(method: Method): unknown {
  return {
    state: plain(method.state()),
    variables: method.variables().map(({ name, variable }) => [name, valuesOf(variable)]),
    buffers: method.buffers().map(({ name, variable }) => [name, valuesOf(variable)]),
  };
}
