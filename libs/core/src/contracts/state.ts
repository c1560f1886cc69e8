import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Json } from '../json.ts';

/** What a variable is, for rules of weight decay, adaptation and learning rate. */
export type VariableRole = 'weight' | 'bias' | 'norm' | 'prototype';

/** A trainable tensor with a stable path: `encoder/layer1.0.conv1.weight`. Slots, checkpoints and exports are keyed by it. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: Variable;
  readonly role: VariableRole;
}

/** A tensor that steps change but gradients do not: batch-norm statistics. Same naming as {@link NamedVariable}. */
export interface NamedBuffer {
  readonly name: string;
  readonly variable: Variable;
}

/**
 * Everything a step can change. Tensors are borrowed from their owner: read or copy them, never dispose them.
 * `restore` copies values in; it throws `E_STATE_MISMATCH` on a missing or unknown name or another shape.
 */
export interface State {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly json: Json;
}
