/** Statistics of benchmark runs. Imports nothing, so that scripts outside the workspace's packages can use it. */

/** The middle one, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const order = ascending(values);
  const middle = order.length >> 1;
  const upper = order[middle] ?? NaN;
  return order.length % 2 === 1 ? upper : ((order[middle - 1] ?? NaN) + upper) / 2;
}

/** Where a median lies. */
export interface MedianInterval {
  readonly low: number;
  readonly high: number;
  /** Probability with which the interval holds the true median, whatever the distribution. */
  readonly coverage: number;
}

/**
 * The exact order-statistic interval of the median: the r-th smallest to the r-th largest value, r the largest whose coverage,
 * 1 - 2 P(Binomial(n, 1/2) < r), is at least what is asked for. Of nine values: the second to the eighth, 96 %. Too few values for the
 * coverage give their whole range, and the coverage that it has: below six values none reaches 95 %.
 */
export function medianInterval(values: readonly number[], coverage = 0.95): MedianInterval {
  const order = ascending(values);
  const n = order.length;
  let probability = 0.5 ** n; // of exactly `rank - 1` values below the median
  let below = probability; // of fewer than `rank`
  let rank = 1;
  for (;;) {
    const nextProbability = (probability * (n - rank + 1)) / rank;
    if (1 - 2 * (below + nextProbability) < coverage || 2 * (rank + 1) > n) break;
    probability = nextProbability;
    below += probability;
    rank++;
  }
  return { low: order[rank - 1] ?? NaN, high: order[n - rank] ?? NaN, coverage: Math.max(0, 1 - 2 * below) };
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
