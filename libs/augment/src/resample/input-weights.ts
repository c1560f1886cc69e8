/** Some of an axis' outputs: from the first to before the last. */
export type Span = readonly [from: number, until: number];

/** For each output position, which inputs it reads and how much of each. */
export interface ResampleWeights<W extends Float32Array | Float64Array = Float32Array> {
  /** First input of each output. */
  readonly first: Int32Array;
  /** Number of inputs of each output. */
  readonly count: Int32Array;
  /** Row `o` starts at `o * stride`; each row sums to 1, or to the scale that was asked for. */
  readonly weights: W;
  readonly stride: number;
}

/** The inputs that outputs read, from the first to before the last. */
export function inputsOf({ first, count }: Pick<ResampleWeights, 'first' | 'count'>): Span {
  const last = first.length - 1;
  return [first[0] as number, (first[last] as number) + (count[last] as number)];
}
