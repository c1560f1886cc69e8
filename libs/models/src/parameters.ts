import {
  fold,
  stream,
  type NamedBuffer,
  type NamedVariable,
  type RandomKey,
  type RandomStream,
  type VariableRole,
} from '@tessera/core';
import { tensor, tidy, variable, type Rank, type ShapeMap, type Variable } from '@tensorflow/tfjs-core';

/** Fills a new variable, row-major. */
export type Initializer = (values: Float32Array, random: RandomStream) => void;

/**
 * The variables and buffers of one module, named `scope/path` and owned by it. Each variable is drawn from its own stream,
 * `fold(key, name)`: its first values do not depend on what else the module holds, nor on the order of creation.
 */
export class ParameterSet {
  readonly #scope: string;
  readonly #key: RandomKey;
  readonly #variables: NamedVariable[] = [];
  readonly #buffers: NamedBuffer[] = [];

  constructor(scope: string, key: RandomKey) {
    this.#scope = scope;
    this.#key = key;
  }

  /** Key of the module's own draws beyond its first values. */
  get key(): RandomKey {
    return fold(this.#key, this.#scope);
  }

  get variables(): readonly NamedVariable[] {
    return this.#variables;
  }

  get buffers(): readonly NamedBuffer[] {
    return this.#buffers;
  }

  /** A trainable variable. */
  variable<R extends Rank>(path: string, shape: ShapeMap[R], role: VariableRole, fill: Initializer): Variable<R> {
    const name = this.#name(path);
    const created = this.#create<R>(name, shape, fill, true);
    this.#variables.push({ name, variable: created, role });
    return created;
  }

  /** A tensor that steps change but gradients do not. */
  buffer<R extends Rank>(path: string, shape: ShapeMap[R], fill: Initializer): Variable<R> {
    const name = this.#name(path);
    const created = this.#create<R>(name, shape, fill, false);
    this.#buffers.push({ name, variable: created });
    return created;
  }

  dispose(): void {
    for (const owned of [...this.#variables, ...this.#buffers]) owned.variable.dispose();
    this.#variables.length = 0;
    this.#buffers.length = 0;
  }

  #name(path: string): string {
    return this.#scope === '' ? path : `${this.#scope}/${path}`;
  }

  #create<R extends Rank>(name: string, shape: ShapeMap[R], fill: Initializer, trainable: boolean): Variable<R> {
    const dimensions: readonly number[] = shape;
    const values = new Float32Array(dimensions.reduce((product, size) => product * size, 1));
    fill(values, stream(fold(this.#key, name)));
    // tfjs keeps a process-wide table of variable names; it gets an automatic one, so that two modules may share a scope.
    return tidy(() => variable<R>(tensor<R>(values, shape, 'float32'), trainable));
  }
}
