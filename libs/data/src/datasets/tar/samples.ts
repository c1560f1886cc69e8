/** The endings of a sample, mostly two or three: one text that all samples with these endings share; a set where they are many. */
type Endings = string | Set<string>;

const MARK = '\u0000';
/** Letters of endings that are kept as a text. */
const LONG = 64;
const MOST_SHARED = 1000;

/** Where a member belongs. */
export interface Place {
  readonly sample: number;
  /** Another member of its name was there. */
  readonly again: boolean;
}

/**
 * Groups the members of tars into WebDataset's samples, whatever their order: all that have one key are a sample, and an ending that comes
 * again begins another. A key means something within its tar only; a file may hold several tars, one after the other.
 */
export class Samples {
  /** The newest sample of a key. */
  readonly #newest = new Map<string, number>();
  /** All samples of a key that has several. */
  readonly #twins = new Map<string, number[]>();
  /** Keys with a member that came apart from the others. */
  readonly #apart = new Set<string>();
  /** Keys of the tars before in the same file. */
  readonly #earlier = new Set<string>();
  #endings: Endings[] = [];
  #first = 0;
  readonly #shared = new Map<string, string>();
  #open: { readonly key: string; readonly sample: number } | undefined;

  place(key: string, ending: string): Place {
    const isNext = this.#open?.key === key;
    const known = isNext ? this.#open?.sample : this.#newest.get(key);
    if (known !== undefined && this.#takes(known, ending)) {
      if (!isNext) this.#apart.add(key);
      this.#open = { key, sample: known };
      return { sample: known, again: false };
    }
    const sample = this.#first + this.#endings.length;
    this.#endings.push('');
    this.#takes(sample, ending);
    if (known !== undefined) {
      const twins = this.#twins.get(key);
      if (twins) twins.push(sample);
      else this.#twins.set(key, [known, sample]);
    }
    this.#newest.set(key, sample);
    this.#open = { key, sample };
    return { sample, again: known !== undefined || this.#earlier.has(key) };
  }

  /**
   * Ends a tar.
   * @param more another one follows in the file
   * @returns keys of which it is unknown what belongs together: their parts came apart, and one of their samples has what another lacks
   */
  endTar(more: boolean): readonly { readonly key: string; readonly samples: readonly number[] }[] {
    const unclear = [...this.#twins]
      .map(([key, samples]) => ({ key, samples }))
      .filter(({ key, samples }) => this.#apart.has(key) && new Set(samples.map((own) => this.#listed(own))).size > 1);
    if (more) for (const key of this.#newest.keys()) this.#earlier.add(key);
    else this.#earlier.clear();
    this.#first += this.#endings.length;
    this.#endings = [];
    for (const keys of [this.#newest, this.#twins, this.#apart]) keys.clear();
    this.#open = undefined;
    return unclear;
  }

  /** Adds an ending to a sample that has it not. */
  #takes(sample: number, ending: string): boolean {
    const at = sample - this.#first;
    const has = this.#endings[at] ?? '';
    if (typeof has !== 'string') return has.size < has.add(ending).size;
    if (has.includes(`${MARK}${ending}${MARK}`)) return false;
    const text = `${has || MARK}${ending}${MARK}`;
    if (text.length > LONG) {
      this.#endings[at] = new Set(text.split(MARK).slice(1, -1));
      return true;
    }
    const shared = this.#shared.get(text) ?? text;
    if (this.#shared.size < MOST_SHARED) this.#shared.set(shared, shared);
    this.#endings[at] = shared;
    return true;
  }

  #listed(sample: number): string {
    const has = this.#endings[sample - this.#first] ?? '';
    return (typeof has === 'string' ? has.split(MARK).slice(1, -1) : [...has]).sort().join(MARK);
  }
}
