import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { RandomKey } from '@tessera/core';
import { PrototypeUsage } from './prototype-usage.ts';
import { createPrototypes, normalizePrototypes } from './prototypes.ts';

/** One set of prototypes, and what an epoch says about it. Several heads cluster the same embeddings independently. */
export class PrototypeHead {
  /** Of variable names: nothing where there is one head, `.0`, `.1` ... where there are more. */
  readonly suffix: string;
  /** [D, K] */
  readonly prototypes: Variable;
  readonly usage: PrototypeUsage;

  constructor(key: RandomKey, dim: number, count: number, suffix: string) {
    this.suffix = suffix;
    this.prototypes = createPrototypes(key, dim, count, `prototypes${suffix}`);
    this.usage = new PrototypeUsage(count);
  }

  /** For reading, [D, K]. Borrowed. */
  get prototypes_DK(): Tensor2D {
    return this.prototypes as Tensor as Tensor2D;
  }

  /** Brings the prototypes back to unit length. */
  normalize(): void {
    normalizePrototypes(this.prototypes);
  }

  dispose(): void {
    this.prototypes.dispose();
    this.usage.dispose();
  }
}
