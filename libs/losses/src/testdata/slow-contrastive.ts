import type { NegativeSet, SemiHard } from '../contrastive/negatives.ts';
import { unitRows } from './read.ts';

/** Which contrast, as the oracle names it. */
export interface SlowSetting {
  readonly views: number;
  readonly negatives: NegativeSet;
  readonly semiHard: SemiHard;
  /** NT-Logistic; margin must be absent. */
  readonly temperature?: number;
  /** Margin triplet. */
  readonly margin?: number;
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The definitions, anchor by anchor, in double precision. @param z view-major [V * N][D], not normalised */
export function slowContrastive(
  z: readonly (readonly number[])[],
  { views, negatives, semiHard, temperature = NaN, margin }: SlowSetting,
): number {
  const u = unitRows(z);
  const images = z.length / views;
  const similarity = (i: number, k: number): number =>
    (u[i] ?? []).reduce((sum, value, d) => sum + value * (u[k]?.[d] ?? NaN), 0);
  const viewOf = (i: number): number => Math.floor(i / images);
  const losses: number[] = [];
  for (let i = 0; i < z.length; i++) {
    for (let p = 0; p < z.length; p++) {
      if (p === i || p % images !== i % images) continue;
      const positive = similarity(i, p);
      const candidates = z
        .map((_, k) => k)
        .filter((k) => k % images !== i % images && (negatives === 'all' || viewOf(k) === viewOf(p)))
        .map((k) => similarity(i, k));
      const semi = candidates.filter((s) => s < positive && (margin === undefined || s > positive - margin));
      const chosen =
        semiHard === 'none' ? candidates : semiHard === 'all' ? semi : semi.length ? [Math.max(...semi)] : [];
      const push = (s: number): number =>
        margin === undefined ? softplus(s / temperature) : Math.max(0, s - positive + margin);
      const mean = chosen.length > 0 ? chosen.reduce((sum, s) => sum + push(s), 0) / chosen.length : 0;
      losses.push((margin === undefined ? softplus(-positive / temperature) : 0) + mean);
    }
  }
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}
