import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import {
  TesseraError,
  type DataPass,
  type Encoder,
  type Head,
  type Method,
  type NamedBuffer,
  type NamedVariable,
  type Progress,
  type State,
} from '@tessera/core';
import { evaluationForward } from './evaluation-forward.ts';
import { restoreParts, stateOf } from './part-states.ts';
import { toFloat32 } from './to-float32.ts';

/** What a method may be made of: an encoder, a head, an objective, a `MomentumCopy`, or anything with some of these. */
export interface ComposedPart {
  variables?(): readonly NamedVariable[];
  buffers?(): readonly NamedBuffer[];
  state?(): State;
  restore?(state: State): void;
  /** @param pass the training images as the objective sees them: what `project` makes of the representation's features */
  beforeEpoch?(progress: Progress, pass: DataPass): Promise<void>;
  beforeStep?(progress: Progress): void;
  afterStep?(progress: Progress): void;
  frozen?(progress: Progress): readonly string[];
  epochMetrics?(): Readonly<Record<string, number>>;
  dispose(): void;
}

/** Parts by name; checkpoints know their states by it. */
export type ComposedParts = Readonly<Record<string, ComposedPart>> & {
  readonly encoder: Encoder;
  readonly head?: Head;
};

/** What is the method's own: its two calls, and hooks besides those of its parts, which run first. */
export interface MethodCalls
  extends
    Pick<Method, 'embed' | 'loss'>,
    Partial<Pick<Method, 'beforeStep' | 'afterStep' | 'frozen' | 'epochMetrics'>> {
  /** What is evaluated and exported; default: the part `encoder`. */
  readonly representation?: Encoder;
  /**
   * Features of the representation to what the objective sees, in evaluation mode, [B, D] -> [B, E], for parts that go over the data
   * before an epoch. Default: the part `head`, or the features themselves where there is none. Run in a tidy.
   */
  readonly project?: (h_BD: Tensor2D) => Tensor2D;
}

/**
 * A method made of parts: every hook of every part is forwarded, in the order in which the parts are named, so nobody forwards by hand
 * and any encoder, head and objective works. Variables, buffers and states are the parts' together; disposing the method disposes them.
 * @throws TesseraError `E_VARIABLE_DUPLICATE` where two variables, buffers or tensors of states have one name
 * @example composeMethod({ encoder, head, objective }, { embed: (views, forward) => ..., loss: ({ online = [] }, batch, forward) => objective.loss(online, batch, forward) })
 */
export function composeMethod(parts: ComposedParts, calls: MethodCalls): Method {
  const named = Object.entries<ComposedPart>(parts);
  const all = named.map(([, part]) => part);
  const stateful = named.filter(([, part]) => part.state !== undefined);
  const hooks: readonly Pick<ComposedPart, 'beforeStep' | 'afterStep' | 'frozen' | 'epochMetrics'>[] = [...all, calls];
  const { encoder, head } = parts;
  const project = calls.project ?? (head ? (h_BD: Tensor2D) => head.apply(h_BD, evaluationForward()) : undefined);
  const method: Method = {
    representation: calls.representation ?? encoder,
    variables: () => all.flatMap((part) => part.variables?.() ?? []),
    buffers: () => all.flatMap((part) => part.buffers?.() ?? []),
    state: () => stateOf(stateful),
    restore: (state) => {
      restoreParts(stateful, state);
    },
    beforeEpoch: async (progress, pass) => {
      const projected = project ? passOf(pass, project) : pass;
      for (const part of all) await part.beforeEpoch?.(progress, projected);
    },
    beforeStep: (progress) => {
      for (const each of hooks) each.beforeStep?.(progress);
    },
    afterStep: (progress) => {
      for (const each of hooks) each.afterStep?.(progress);
    },
    frozen: (progress) => hooks.flatMap((each) => each.frozen?.(progress) ?? []),
    epochMetrics: () =>
      Object.assign({}, ...hooks.map((each) => each.epochMetrics?.() ?? {})) as Record<string, number>,
    embed: (views, forward) => calls.embed(views, forward),
    loss: (embeddings, batch, forward) => calls.loss(embeddings, batch, forward),
    dispose: () => {
      for (const part of all) part.dispose();
    },
  };
  requireOwnNames([...method.variables(), ...method.buffers()].map(({ name }) => name));
  requireOwnNames(stateful.flatMap(([, part]) => Object.keys(part.state?.().tensors ?? {})));
  return method;
}

function passOf(pass: DataPass, project: (h_BD: Tensor2D) => Tensor2D): DataPass {
  return (visit) =>
    pass((h_BD, sampleIds) => {
      const z_BD = tf.tidy(() => toFloat32(project(h_BD)));
      try {
        visit(z_BD, sampleIds);
      } finally {
        if (z_BD !== h_BD) z_BD.dispose();
      }
    });
}

/** Optimizers and checkpoints know tensors by their names. */
function requireOwnNames(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new TesseraError({
    code: 'E_VARIABLE_DUPLICATE',
    message: `two tensors of the method are named '${twice}'`,
    next: "Give each part a scope of its own, such as build('encoder', { scope: 'target' }).",
    kind: 'failure',
  });
}
