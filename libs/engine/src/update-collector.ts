import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { PendingUpdates } from '@tessera/core';
import { withPrecision } from './precision.ts';
import { toFloat32 } from './to-float32.ts';

type Update =
  | { readonly kind: 'assign' | 'accumulate'; readonly variable: Variable; readonly value: Tensor }
  | { readonly kind: 'blend'; readonly variable: Variable; readonly value: Tensor; readonly momentum: number }
  | { readonly kind: 'defer'; readonly run: () => void };

/**
 * Gathers the state changes of a forward pass. `commit()` applies them in the order of the calls, `discard()` drops them; either leaves the
 * collector empty and ready for the next pass.
 *
 * It takes ownership of the values: they survive the tidy in which they were made and are disposed at the end, so a value must not be
 * disposed by the caller. A variable handed in as a value stays its owner's: what counts are its numbers at the call. Values must have the
 * variable's shape; the arithmetic is float32 whatever the precision.
 */
export class UpdateCollector implements PendingUpdates {
  #updates: Update[] = [];

  /** Calls since the last commit or discard. */
  get size(): number {
    return this.#updates.length;
  }

  assign(variable: Variable, value: Tensor): void {
    this.#updates.push({ kind: 'assign', variable, value: owned(value) });
  }

  blend(variable: Variable, value: Tensor, momentum: number): void {
    this.#updates.push({ kind: 'blend', variable, value: owned(value), momentum });
  }

  accumulate(variable: Variable, value: Tensor): void {
    this.#updates.push({ kind: 'accumulate', variable, value: owned(value) });
  }

  /** @param run not wrapped in a tidy: it disposes what it makes, or keeps it */
  defer(run: () => void): void {
    this.#updates.push({ kind: 'defer', run });
  }

  /** A throw (a wrong shape, a deferred function's own) ends the commit; what came before it is applied, nothing leaks. */
  commit(): void {
    const updates = this.#updates;
    this.#updates = [];
    try {
      withPrecision('f32', () => {
        updates.forEach(apply);
      });
    } finally {
      dispose(updates);
    }
  }

  discard(): void {
    dispose(this.#updates);
    this.#updates = [];
  }
}

function owned(value: Tensor): Tensor {
  return tf.keep(value instanceof tf.Variable ? tf.clone<Tensor>(value) : value);
}

function apply(update: Update): void {
  if (update.kind === 'defer') {
    update.run();
    return;
  }
  const { variable } = update;
  tf.tidy(() => {
    const value = toFloat32(update.value);
    switch (update.kind) {
      case 'assign':
        variable.assign(value);
        break;
      case 'accumulate':
        variable.assign(tf.add(variable, value));
        break;
      case 'blend':
        variable.assign(tf.add(tf.mul(variable, 1 - update.momentum), tf.mul(value, update.momentum)));
    }
  });
}

function dispose(updates: readonly Update[]): void {
  for (const update of updates) if (update.kind !== 'defer') update.value.dispose();
}
