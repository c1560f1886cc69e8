import { TesseraError, type JsonObject } from '@tessera/core';

/** How a loader reports something that does not stop it; becomes a warning event. */
export type Warn = (code: string, message: string, details?: JsonObject) => void;

/** `skip`: another image stands in; `drop`: the batch is a row shorter; `error`: the epoch ends. */
export type BadImagePolicy = 'skip' | 'drop' | 'error';

/** Before so many images were tried, a run of bad luck is not judged. */
const ENOUGH = 64;

/** What to do about images that cannot be read. Counts distinct images, batch by batch in order, so that it says the same at every run. */
export class BadImages {
  readonly #policy: BadImagePolicy;
  readonly #limit: number;
  readonly #total: number;
  readonly #describe: (position: number) => string;
  readonly #warn: Warn;
  readonly #reasons = new Map<number, string>();
  readonly #tried = new Set<number>();
  readonly #judged = new Set<number>();

  constructor(options: {
    readonly policy: BadImagePolicy;
    /** One more ends the epoch. Default: none does. */
    readonly limit?: number | null | undefined;
    readonly total: number;
    readonly describe: (position: number) => string;
    readonly warn: Warn;
  }) {
    this.#policy = options.policy;
    this.#limit = options.limit ?? Infinity;
    this.#total = options.total;
    this.#describe = options.describe;
    this.#warn = options.warn;
  }

  /** Whether an image is known to be bad. */
  has(position: number): boolean {
    return this.#reasons.has(position);
  }

  /** Notes a bad image; warns the first time, unless it ends the epoch. */
  add(position: number, reason: string): void {
    if (this.#reasons.has(position)) return;
    this.#reasons.set(position, reason);
    if (this.#policy === 'error') return;
    const path = this.#describe(position);
    this.#warn('W_BAD_IMAGE', `skipped '${path}': ${reason}`, { path, reason });
  }

  /**
   * Judges a batch once all of it was tried.
   * @param tried positions that the batch asked for
   * @throws TesseraError `E_BAD_IMAGE` (policy `error`), `E_DATA_TOO_MANY_BAD`, `E_DATA_MOSTLY_BAD`
   */
  judge(tried: Iterable<number>): void {
    for (const position of tried) {
      this.#tried.add(position);
      const reason = this.#reasons.get(position);
      if (reason === undefined) continue;
      if (this.#policy === 'error') throw this.#badImage(position, reason);
      this.#judged.add(position);
    }
    if (this.#judged.size > this.#limit) throw this.#tooMany();
    if (this.#tried.size >= Math.min(ENOUGH, this.#total) && this.#judged.size > this.#tried.size / 2)
      throw this.mostlyBad();
  }

  /** The error for a source that is not worth going on with. */
  mostlyBad(): TesseraError {
    const [position, reason] = [...this.#reasons][0] ?? [0, ''];
    return new TesseraError({
      code: 'E_DATA_MOSTLY_BAD',
      message: `most images cannot be read: ${String(this.#reasons.size)} bad ones so far, the first '${this.#describe(position)}': ${reason}`,
      next: 'Check that the folder holds whole image files of a kind that can be decoded.',
      kind: 'failure',
    });
  }

  #tooMany(): TesseraError {
    const [first] = this.#judged;
    return new TesseraError({
      code: 'E_DATA_TOO_MANY_BAD',
      message: `${String(this.#judged.size)} images cannot be read, and data.maxBadImages is ${String(this.#limit)}; the first is '${this.#describe(first ?? 0)}'`,
      next: 'The warnings name each file. Repair or remove them, or raise data.maxBadImages (null: no limit).',
      kind: 'failure',
    });
  }

  #badImage(position: number, reason: string): TesseraError {
    return new TesseraError({
      code: 'E_BAD_IMAGE',
      message: `cannot read the image '${this.#describe(position)}': ${reason}`,
      next: "Repair or remove the file, or set data.onBadImage to 'skip'.",
      kind: 'failure',
    });
  }
}
