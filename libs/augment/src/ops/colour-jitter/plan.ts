import { requireNumbers, type RandomStream } from '@tessera/core';

/** Half-widths of the four draws; 0 leaves the op out. */
export interface JitterRanges {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Turns of the hue circle, at most 0.5. */
  readonly hue: number;
}

export type JitterOp = keyof JitterRanges;

/** The drawn ops in the order they are applied, each with its factor (turns, for hue). */
export type JitterPlan = readonly (readonly [op: JitterOp, factor: number])[];

export const JITTER_OPS: readonly JitterOp[] = ['brightness', 'contrast', 'saturation', 'hue'];

/** SimCLR's ranges at strength s: 0.8s, 0.8s, 0.8s and 0.2s. The strength scales the hue too (CIFAR: s = 0.5 gives 0.1). @throws TesseraError `E_OPTION_INVALID` below 0 */
export function jitterRanges(strength: number): JitterRanges {
  requireNumbers('jitterRanges', { strength }, { atLeast: 0 });
  return { brightness: 0.8 * strength, contrast: 0.8 * strength, saturation: 0.8 * strength, hue: 0.2 * strength };
}

/**
 * Draws as torchvision's `ColorJitter`: the four ops in a random order, factors uniform in [max(0, 1 - b), 1 + b], hue in [-h, h].
 * @param additive brightness is a summand, uniform in [-b, b] (SimCLR v1)
 * @throws TesseraError `E_OPTION_INVALID` on a range below 0, or a hue of more than half a turn
 */
export function sampleJitter(random: RandomStream, ranges: JitterRanges, additive = false): JitterPlan {
  const { brightness, contrast, saturation, hue } = ranges;
  requireNumbers('sampleJitter', { brightness, contrast, saturation }, { atLeast: 0 });
  requireNumbers('sampleJitter', { hue }, { atLeast: 0, atMost: 0.5 });
  const plan: (readonly [JitterOp, number])[] = [];
  for (const index of random.permutation(JITTER_OPS.length)) {
    const op = JITTER_OPS[index] as JitterOp;
    const range = ranges[op];
    if (range === 0) continue;
    const summand = op === 'hue' || (additive && op === 'brightness');
    plan.push([op, summand ? random.uniform(-range, range) : random.uniform(Math.max(0, 1 - range), 1 + range)]);
  }
  return plan;
}

/** Numbers that a plan comes to. */
export const JITTER_WIDTH = 2 * JITTER_OPS.length;

/** A plan as numbers: for each place in its order the op, counted from 1 (0: none), and the factor. @param out [{@link JITTER_WIDTH}] */
export function writeJitter(plan: JitterPlan, out: Float32Array): void {
  out.fill(0);
  plan.forEach(([op, factor], place) => {
    out.set([JITTER_OPS.indexOf(op) + 1, factor], 2 * place);
  });
}
