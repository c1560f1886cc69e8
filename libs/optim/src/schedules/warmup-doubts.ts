import { doubts, type Doubt, type RunFacts } from '@tessera/core';

/** Of the `warmup-cosine` schedule. */
interface WarmupOptions {
  readonly warmupEpochs: number;
  readonly warmupSteps?: number | undefined;
  readonly startLearningRate: number;
  readonly finalLearningRate: number;
}

/** What is doubtful about a warm-up and a cosine in such a run. */
export function warmupDoubts(
  { warmupEpochs, warmupSteps, startLearningRate, finalLearningRate }: WarmupOptions,
  { epochs, stepsPerEpoch, totalSteps, learningRate }: RunFacts,
): readonly Doubt[] {
  const steps =
    warmupSteps ?? (stepsPerEpoch === undefined ? undefined : Math.floor(warmupEpochs * stepsPerEpoch + 1e-6));
  const asked = warmupSteps ?? warmupEpochs;
  const length = `${String(asked)} ${warmupSteps === undefined ? 'epoch' : 'step'}${asked === 1 ? '' : 's'}`;
  const fills =
    steps !== undefined && totalSteps !== undefined
      ? steps > 0 && steps >= totalSteps && `${String(totalSteps)} steps`
      : warmupSteps === undefined && warmupEpochs >= epochs && String(epochs);
  return doubts(
    fills !== false && {
      code: 'W_WARMUP_FILLS',
      message: `the warm-up of ${length} fills the run of ${fills}: the rate never comes down, and may not reach its peak`,
    },
    warmupSteps !== undefined &&
      warmupEpochs > 0 && {
        code: 'W_WARMUP_IGNORED',
        message: `warmupEpochs ${String(warmupEpochs)} counts for nothing beside warmupSteps ${String(warmupSteps)}; give one of them`,
      },
    steps === 0 &&
      asked > 0 && {
        code: 'W_WARMUP_IGNORED',
        message: `the warm-up of ${length} comes to no step: an epoch has ${String(stepsPerEpoch)}`,
      },
    asked === 0 &&
      startLearningRate > 0 && {
        code: 'W_WARMUP_IGNORED',
        message: `startLearningRate ${String(startLearningRate)} counts for nothing without a warm-up: give warmupEpochs`,
      },
    ...Object.entries({ ...(asked > 0 && { startLearningRate }), finalLearningRate }).map(
      ([name, rate]) =>
        rate > learningRate && {
          code: 'W_RATE_ABOVE_PEAK',
          message: `${name} ${String(rate)} is above optimizer.options.learningRate, ${String(learningRate)}, which is meant to be the peak`,
        },
    ),
  );
}
