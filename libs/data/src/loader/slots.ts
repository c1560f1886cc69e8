import { batchArrays, batchBytes, type BatchArrays } from './batch-buffer.ts';
import type { Plane } from './planes.ts';

/** One shared batch buffer. */
export interface Slot {
  readonly id: number;
  readonly arrays: BatchArrays;
}

/** The bounded set of batch buffers; each is allocated when it is first needed. */
export class Slots {
  readonly #free: Slot[] = [];
  readonly #limit: number;
  readonly #allocate: (id: number) => Slot;
  #allocated = 0;
  #taken = 0;

  constructor(
    limit: number,
    planes: readonly Plane[],
    batchSize: number,
    announce: (slot: number, buffer: SharedArrayBuffer) => void,
  ) {
    this.#limit = limit;
    this.#allocate = (id) => {
      const buffer = new SharedArrayBuffer(batchBytes(planes, batchSize));
      announce(id, buffer);
      return { id, arrays: batchArrays(buffer, planes, batchSize) };
    };
  }

  /** Buffers in use, by workers or by whoever holds a batch. */
  get taken(): number {
    return this.#taken;
  }

  take(): Slot | undefined {
    const slot = this.#free.pop() ?? (this.#allocated < this.#limit ? this.#allocate(this.#allocated++) : undefined);
    if (slot) this.#taken++;
    return slot;
  }

  giveBack(slot: Slot): void {
    this.#taken--;
    this.#free.push(slot);
  }
}
