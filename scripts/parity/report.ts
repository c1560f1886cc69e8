/** The table that ends a run: a line a file, with the error that comes nearest to its tolerance. */
import type { Measurement } from './measurement.ts';

export interface FileReport {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  /** Of the file's comparisons; nothing where there was none. */
  readonly nearest: Measurement | undefined;
}

/** An error of nothing is nothing of any tolerance, of none too. */
const share = ({ error, tolerance }: Measurement): number => (error === 0 ? 0 : error / tolerance);

/** Whichever of two is the nearer, or the further above; one that could not be made (its error is NaN) before all. */
export function nearestToItsTolerance(best: Measurement | undefined, next: Measurement): Measurement {
  return best === undefined || !(share(next) <= share(best) || Number.isNaN(share(best))) ? next : best;
}

/** Markdown. Errors are relative, of the largest entry or absolute, as the file's kind says. */
export function reportTable(reports: readonly FileReport[]): readonly string[] {
  const rows = reports.map(({ file, passed, failed, nearest }) => [file, `${passed}`, `${failed}`, ...cells(nearest)]);
  return [
    ['file', 'passed', 'failed', 'largest error', 'tolerance', 'of it', 'quantity'],
    ['-', '-', '-', '-', '-', '-', '-'],
    ...rows,
  ].map((row) => `| ${row.join(' | ')} |`);
}

function cells(nearest: Measurement | undefined): readonly string[] {
  if (nearest === undefined || Number.isNaN(share(nearest))) return ['-', '-', '-', 'a case could not be compared'];
  const { error, tolerance, quantity } = nearest;
  return [error.toExponential(1), tolerance.toExponential(0), `${(100 * share(nearest)).toPrecision(2)} %`, quantity];
}
