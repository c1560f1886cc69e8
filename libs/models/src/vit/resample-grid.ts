/** Weights that resample a grid of position embeddings; bicubic along both axes, in double precision. */
import type { Interpolation } from './options.ts';

/** Height and width, in patches. */
export type Grid = readonly [height: number, width: number];

/**
 * Output = weights x input, both row-major: [after, before].
 *
 * `timm`: `F.interpolate(mode='bicubic', antialias=True)` of torch: the cubic with a = -0.5, widened by the scale where it shrinks, clipped
 * at the border and normalised. `dino`: facebookresearch/dino's `interpolate_pos_encoding`: a = -0.75, border patches repeated, no antialias, and
 * 0.1 added to the target before it is divided, in the coordinates too.
 */
export function resampleGrid(before: Grid, after: Grid, method: Interpolation): Float32Array {
  const weightsOf = method === 'timm' ? antialiased : plain;
  const [rows, columns] = [0, 1].map((axis) => weightsOf(before[axis] ?? 0, after[axis] ?? 0)) as [
    Float64Array[],
    Float64Array[],
  ];
  return Float32Array.from(
    rows.flatMap((row) =>
      columns.flatMap((column) => Array.from(row).flatMap((r) => Array.from(column, (c) => r * c))),
    ),
  );
}

/** Weights along one axis, [after][before]. */
function antialiased(before: number, after: number): Float64Array[] {
  const scale = before / after;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: after }, (_, o) => {
    const center = scale * (o + 0.5);
    const from = Math.max(Math.trunc(center - 2 * stretch + 0.5), 0);
    const to = Math.min(Math.trunc(center + 2 * stretch + 0.5), before);
    const weights = new Float64Array(before);
    for (let i = from; i < to; i++) weights[i] = cubic((i + 0.5 - center) / stretch, -0.5);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
}

/** Weights along one axis, [after][before]. */
function plain(before: number, after: number): Float64Array[] {
  const scale = before / (after + 0.1);
  return Array.from({ length: after }, (_, o) => {
    const source = scale * (o + 0.5) - 0.5;
    const weights = new Float64Array(before);
    for (let i = Math.floor(source) - 1; i <= Math.floor(source) + 2; i++) {
      const inside = Math.min(Math.max(i, 0), before - 1);
      weights[inside] = (weights[inside] ?? 0) + cubic(i - source, -0.75);
    }
    return weights;
  });
}

/** The cubic convolution kernel (Keys 1981). */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
}
