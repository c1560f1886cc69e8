import type { NamedVariable } from '@tessera/core';
import { tidy, variable, zerosLike, type Tensor, type Variable } from '@tensorflow/tfjs-core';

/** One zero-initialised tensor per trained variable and kind (`momentum`, ...), keyed `kind/variable name`. */
export class Slots {
  readonly #slots = new Map<string, Variable>();

  constructor(kinds: readonly string[], variables: readonly NamedVariable[]) {
    for (const kind of kinds) {
      // An automatic tfjs name: its table of variable names is process-wide.
      for (const { name, variable: trained } of variables)
        this.#slots.set(
          `${kind}/${name}`,
          tidy(() => variable(zerosLike(trained), false)),
        );
    }
  }

  get(kind: string, name: string): Variable {
    const slot = this.#slots.get(`${kind}/${name}`);
    if (!slot) throw new Error(`no slot ${kind}/${name}`);
    return slot;
  }

  /** By key; borrowed. */
  tensors(): Record<string, Tensor> {
    return Object.fromEntries(this.#slots);
  }

  /** For restoring. */
  list(): { name: string; variable: Variable }[] {
    return [...this.#slots].map(([name, slot]) => ({ name, variable: slot }));
  }

  dispose(): void {
    for (const slot of this.#slots.values()) slot.dispose();
    this.#slots.clear();
  }
}
