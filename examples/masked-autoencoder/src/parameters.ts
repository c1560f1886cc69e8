import { fold, stream, type NamedVariable, type RandomKey, type RandomStream, type VariableRole } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Rank, ShapeMap, Variable } from '@tensorflow/tfjs-core';

/** Variables under one scope, `scope/path`, each drawn from a stream of its own name, so that none depends on what else there is. */
export class Parameters {
  readonly #all: NamedVariable[] = [];
  readonly #key: RandomKey;
  readonly #scope: string;

  constructor(key: RandomKey, scope: string) {
    this.#key = key;
    this.#scope = scope;
  }

  get all(): readonly NamedVariable[] {
    return this.#all;
  }

  /** @param role what optimizers go by: weight decay leaves out `bias` and `norm` */
  variable<R extends Rank>(
    path: string,
    role: VariableRole,
    shape: ShapeMap[R],
    first: (random: RandomStream) => number,
  ): Variable<R> {
    const name = `${this.#scope}/${path}`;
    const random = stream(fold(this.#key, name));
    const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => first(random));
    // tfjs's own name is left to tfjs: its table of names is the whole process's.
    const variable = tf.tidy(() => tf.variable<R>(tf.tensor<R>(values, shape)));
    this.#all.push({ name, variable, role });
    return variable;
  }

  dispose(): void {
    tf.dispose(this.#all.map(({ variable }) => variable));
  }
}
