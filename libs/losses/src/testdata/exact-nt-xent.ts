import { unitRows } from './read.ts';

/** What {@link exactNtXent} returns. */
export interface ExactLoss {
  readonly loss: number;
  /** d loss / d z, as z. */
  readonly gradient: number[][];
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, d) => sum + value * (b[d] ?? NaN), 0);

/**
 * NT-Xent and its gradient by their definitions, pair by pair, in double precision: -log of a positive's share among itself and all crops
 * of other images, mean over ordered pairs of crops. With two views that is NT-Xent.
 * @param z view-major [V * N][D]
 */
export function exactNtXent(
  z: readonly (readonly number[])[],
  {
    views,
    temperature,
    normalize,
  }: { readonly views: number; readonly temperature: number; readonly normalize: boolean },
): ExactLoss {
  const images = z.length / views;
  const u = normalize ? unitRows(z) : z.map((row) => [...row]);
  const count = z.length * (views - 1);
  const slope = z.map(() => new Float64Array(z.length));
  let loss = 0;
  u.forEach((anchor, i) => {
    const logits = u.map((other) => dot(anchor, other) / temperature);
    u.forEach((_, p) => {
      if (p === i || p % images !== i % images) return;
      const terms = logits.map((logit, k) => (k === p || k % images !== i % images ? logit : -Infinity));
      const most = Math.max(...terms);
      const weights = terms.map((term) => Math.exp(term - most));
      const sum = weights.reduce((a, b) => a + b);
      const others = weights.reduce((a, weight, k) => (k === p ? a : a + weight), 0);
      // ln(1 + others / positive) where the positive is the largest: no digit of a small loss is lost.
      loss += most === terms[p] ? Math.log1p(others) : Math.log(sum) + most - (terms[p] ?? NaN);
      weights.forEach((weight, k) => {
        const row = slope[i] ?? [];
        row[k] = (row[k] ?? NaN) + (k === p ? -others : weight) / sum;
      });
    });
  });
  const gradient = u.map((own, i) => {
    const du = own.map(
      (_, d) =>
        u.reduce((sum, other, k) => sum + ((slope[i]?.[k] ?? NaN) + (slope[k]?.[i] ?? NaN)) * (other[d] ?? NaN), 0) /
        (count * temperature),
    );
    if (!normalize) return du;
    const along = dot(own, du);
    return du.map((value, d) => (value - (own[d] ?? NaN) * along) / Math.hypot(...(z[i] ?? [])));
  });
  return { loss: loss / count, gradient };
}
