import { peakLearningRate, type PartChoice, type Registry, type Schedule } from '@tessera/core';

/** How long a training is, and how large its steps. */
export interface TrainingLength {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Images in a step, over all ranks. */
  readonly batchSize: number;
}

/** Builds a schedule of an optimizer's rates. @param optimizer its options in full, as the recipe or the extension's `parse` gives them */
export function buildSchedule(
  registry: Registry,
  { schedule, optimizer }: { readonly schedule: PartChoice; readonly optimizer: PartChoice },
  length: TrainingLength,
): Schedule {
  const { options = {} } = optimizer;
  const { weightDecay } = options;
  return registry.get('schedule', schedule.name).build(schedule.options ?? {}, {
    ...length,
    learningRate: peakLearningRate(registry.get('optimizer', optimizer.name), options),
    ...(typeof weightDecay === 'number' && { weightDecay }),
  });
}
