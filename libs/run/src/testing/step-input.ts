import { fold, rootKey, type ViewGroup } from '@tessera/core';
import type { StepInput } from '../training/step.ts';

/** What `trainStep` gets in a step of a run of one epoch. */
export function stepInput(views: readonly ViewGroup[], sampleIds: Int32Array, step = 0, totalSteps = 9): StepInput {
  const progress = { step, epoch: 0, stepsPerEpoch: totalSteps, totalSteps };
  return { views, batch: {}, progress, sampleIds, key: fold(rootKey(0), 'forward', step) };
}
