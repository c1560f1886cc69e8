import type { DataPass, Json, NamedVariable, Objective, Progress, State } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';

/** What a method forwards of an objective. */
export type Hook =
  | 'variables'
  | 'state'
  | 'restore'
  | 'beforeEpoch'
  | 'beforeStep'
  | 'afterStep'
  | 'frozen'
  | 'epochMetrics'
  | 'dispose';

/** An objective as the method asked for it. */
export interface AskedObjective {
  /** The name that the method gave to the part. */
  readonly part: string;
  readonly scope: string;
  readonly inDim: number;
  readonly objective: Objective;
}

/** What the method called of an objective, and what the kit put into it to see whether it arrives. */
export interface Watched extends AskedObjective {
  /** Those that are seen. */
  readonly hooks: ReadonlySet<Hook>;
  /** The objective as the method gets it. */
  readonly objective: Objective;
  /** `beforeStep 3`, `beforeEpoch 0`, ... in the order of the calls. */
  readonly calls: readonly string[];
  /** A variable that the objective owns, frozen before {@link THAWED}. */
  readonly variable: NamedVariable;
  /** A tensor in its state. */
  readonly kept: tf.Variable;
  /** Widths of the rows that its passes over the data gave. */
  readonly passed: readonly number[];
  /** What `restore` was given besides the objective's own. */
  readonly restored: readonly Json[];
}

/** The step from which the watched variable is free. */
export const THAWED = 2;
/** The epoch metric's value. */
export const TOLD = 0.123456789;
/** In the state's JSON. */
export const NOTE = 'of the kit';

/**
 * An objective that does what another does, with every hook there is, each of them seen. Whatever else the other has, its own methods for
 * example, is there, too.
 * @param all false: with those hooks only that the other has
 */
export function watchObjective({ part, scope, inDim, objective }: AskedObjective, all: boolean): Watched {
  const hooks = all ? ALL : hooksOf(objective);
  const calls: string[] = [];
  const passed: number[] = [];
  const restored: Json[] = [];
  const made = (): tf.Variable => tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
  const variable: NamedVariable = { name: `${scope}/kit-variable`, role: 'weight', variable: made() };
  const kept = made();
  const keptName = `${scope}/kit-kept`;
  const seen: Objective = {
    variables: () => [...objective.variables(), ...(hooks.has('variables') ? [variable] : [])],
    state: (): State => {
      const { tensors, json } = objective.state();
      if (!hooks.has('state')) return { tensors, json };
      return { tensors: { ...tensors, [keptName]: kept }, json: { own: json, note: NOTE } };
    },
    restore: ({ tensors, json }) => {
      if (!hooks.has('restore')) {
        objective.restore({ tensors, json });
        return;
      }
      const { own, note } = json as { readonly own: Json; readonly note: Json };
      restored.push(note);
      const { [keptName]: value, ...others } = tensors;
      if (value) kept.assign(tf.tidy(() => tf.clone(value)));
      objective.restore({ tensors: others, json: own });
    },
    beforeEpoch: async (progress: Progress, pass: DataPass) => {
      calls.push(`beforeEpoch ${String(progress.epoch)}`);
      await pass((rows_BD) => {
        passed.push(rows_BD.shape[1]);
      });
      await objective.beforeEpoch?.(progress, pass);
    },
    beforeStep: (progress) => {
      calls.push(`beforeStep ${String(progress.step)}`);
      objective.beforeStep?.(progress);
    },
    afterStep: (progress) => {
      calls.push(`afterStep ${String(progress.step)}`);
      objective.afterStep?.(progress);
    },
    frozen: (progress) => [...(objective.frozen?.(progress) ?? []), ...(progress.step < THAWED ? [variable.name] : [])],
    epochMetrics: () => {
      calls.push('epochMetrics');
      return { ...objective.epochMetrics?.(), 'kit-metric': TOLD };
    },
    loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
    dispose: () => {
      tf.dispose([variable.variable, kept]);
      objective.dispose();
    },
  };
  const watches = (property: PropertyKey): boolean =>
    property in seen && (property in objective || hooks.has(property as Hook));
  const proxy = new Proxy(objective, {
    get: (target, property) => {
      const owner = watches(property) ? seen : target;
      const value: unknown = Reflect.get(owner, property);
      return typeof value === 'function' ? (value.bind(owner) as unknown) : value;
    },
    has: (target, property) => watches(property) || property in target,
  });
  return { part, scope, inDim, objective: proxy, hooks, calls, variable, kept, passed, restored };
}

const ALWAYS: readonly Hook[] = ['variables', 'state', 'restore', 'dispose'];
const OPTIONAL: readonly Hook[] = ['beforeEpoch', 'beforeStep', 'afterStep', 'frozen', 'epochMetrics'];
const ALL: ReadonlySet<Hook> = new Set([...ALWAYS, ...OPTIONAL]);

/** Those that do something. */
function hooksOf(objective: Objective): ReadonlySet<Hook> {
  const { tensors, json } = objective.state();
  const stateful = Object.keys(tensors).length > 0 || json !== null;
  return new Set<Hook>([
    'dispose',
    ...(objective.variables().length > 0 ? (['variables'] as const) : []),
    ...(stateful ? (['state', 'restore'] as const) : []),
    ...OPTIONAL.filter((hook) => hook in objective),
  ]);
}
