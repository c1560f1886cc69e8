import { COUNT, cosine, defineSchedule, requireNumbers, TesseraError } from '@tessera/core';
import { z } from 'zod';
import { rateFactor, scaling } from './scaling.ts';
import { warmupDoubts } from './warmup-doubts.ts';

/** Rates are final: any scaling by batch size is done. Steps count from 0. */
export interface WarmupCosine {
  readonly peak: number;
  readonly start: number;
  readonly final: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /**
   * `google`: start + (peak - start) * step / warmupSteps, so the first step has the start rate and the first after the warm-up the peak
   * (google-research/simclr, tf2/model.py; also the usual LambdaLR). `swav`: numpy's linspace(start, peak, warmupSteps), both ends
   * included, so the peak comes twice (main_swav.py).
   */
  readonly warmup: 'google' | 'swav';
}

/**
 * Linear warm-up, then half a cosine from peak to final over the remaining steps; constant at final from step `totalSteps` on, the first
 * that the run does not take.
 *
 * A warm-up of all steps leaves none for the cosine: the run ends on the ramp, as the references' do, and the steps after it have the final
 * rate. So with `google` its last step is one below the peak, with `swav` it is the peak, numpy's linspace's end.
 * @throws TesseraError `E_OPTION_INVALID` on rates below 0, no steps, or a warm-up below 0 or of more than all steps
 */
export function warmupCosine(options: WarmupCosine): (step: number) => number {
  const { peak, start, final, warmupSteps, totalSteps } = options;
  requireNumbers('warmupCosine', { peak, start, final }, { atLeast: 0 });
  requireNumbers('warmupCosine', { totalSteps }, COUNT);
  requireNumbers('warmupCosine', { warmupSteps }, { integer: true, atLeast: 0, atMost: totalSteps });
  return rampThenCosine(options);
}

/** {@link warmupCosine} of numbers that a recipe gives: a run that ends within its warm-up, as a short trial of one does, stays on the ramp. */
function rampThenCosine({
  peak,
  start,
  final,
  warmupSteps,
  totalSteps,
  warmup,
}: WarmupCosine): (step: number) => number {
  const ramp = warmup === 'google' ? warmupSteps : Math.max(1, warmupSteps - 1);
  const decaySteps = totalSteps - warmupSteps;
  return (step) => {
    requireNumbers('a schedule', { step }, { atLeast: 0 });
    if (step >= totalSteps) return final;
    if (step < warmupSteps) return start + ((peak - start) * step) / ramp;
    const progress = (step - warmupSteps) / decaySteps;
    return final + 0.5 * (peak - final) * (1 + Math.cos(Math.PI * progress));
  };
}

export const warmupCosineOptions = z.strictObject({
  warmupEpochs: z
    .number()
    .nonnegative()
    .default(0)
    .describe('Length of the linear warm-up in epochs; may be a fraction.'),
  warmupSteps: z.int().nonnegative().optional().describe('Length of the warm-up in steps, instead of warmupEpochs.'),
  startLearningRate: z
    .number()
    .nonnegative()
    .default(0)
    .describe('Rate at step 0, before scaling, where there is a warm-up.'),
  finalLearningRate: z.number().nonnegative().default(0).describe('Rate that the cosine ends at, before scaling.'),
  scaling,
  warmup: z
    .enum(['google', 'swav'])
    .default('google')
    .describe('google: reaches the peak at the first step after the warm-up; swav: at its last.'),
  finalWeightDecay: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "Weight decay that half a cosine over all steps leads to from the optimizer's own (DINO: 0.04 to 0.4); default: it stays.",
    ),
});

/**
 * Half a cosine from the optimizer's weight decay to another over all steps, no warm-up: facebookresearch/dino utils.py `cosine_scheduler`, which divides
 * by the steps, so the last step is one short of it.
 * @throws TesseraError `E_WEIGHT_DECAY_MISSING` where the optimizer has none to start from
 */
function decayOf(
  final: number | undefined,
  start: number | undefined,
  totalSteps: number,
): ((step: number) => number) | undefined {
  if (final === undefined) return undefined;
  if (start !== undefined && start > 0) return (step) => cosine(start, final, step / Math.max(1, totalSteps));
  throw new TesseraError({
    code: 'E_WEIGHT_DECAY_MISSING',
    message: `schedule.options.finalWeightDecay ${String(final)} leads from the optimizer's weight decay, which is ${start === undefined ? 'no option of it' : '0'}`,
    next: 'Set optimizer.options.weightDecay above 0 (DINO: 0.04), take an optimizer that has it, or leave finalWeightDecay out.',
  });
}

/** The `warmup-cosine` schedule. */
export const warmupCosineSchedule = defineSchedule({
  name: 'warmup-cosine',
  summary: 'Linear warm-up, then a cosine, step by step: the schedule of SimCLR and SwAV.',
  options: warmupCosineOptions,
  check: warmupDoubts,
  create: (options, context) => {
    const { stepsPerEpoch, totalSteps, learningRate, weightDecay } = context;
    const decay = decayOf(options.finalWeightDecay, weightDecay, totalSteps);
    const factor = rateFactor(options.scaling, context);
    const peak = learningRate * factor;
    const rate = rampThenCosine({
      peak,
      start: options.startLearningRate * factor,
      final: options.finalLearningRate * factor,
      // google: warmup_epochs * examples // batch_size. The tolerance keeps 0.1 * 10 steps from becoming none.
      warmupSteps: options.warmupSteps ?? Math.floor(options.warmupEpochs * stepsPerEpoch + 1e-6),
      totalSteps,
      warmup: options.warmup,
    });
    return (step) => ({
      learningRate: rate(step),
      baseLearningRate: peak,
      ...(decay && { weightDecay: decay(step) }),
    });
  },
});
