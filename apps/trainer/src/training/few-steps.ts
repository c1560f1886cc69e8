import type { ResolvedRecipe } from '../recipe/resolve.ts';

/** Steps below which a run is a trial of the machinery: weights have hardly left their initialisation. */
const LEAST = 100;
/** Steps that a small data set and a small network need to show something. */
const SOME = 500;

/**
 * What to say of a run that is too short to learn anything, with the settings that lengthen it.
 * @param stepsPerEpoch full batches in an epoch
 * @returns undefined where the run is long enough
 */
export function fewSteps(
  { epochs, maxSteps }: Pick<ResolvedRecipe['trainer'], 'epochs' | 'maxSteps'>,
  stepsPerEpoch: number,
): string | undefined {
  const byEpochs = epochs * stepsPerEpoch;
  const total = Math.min(byEpochs, maxSteps ?? Infinity);
  if (total >= LEAST) return undefined;
  const [cut, short] = [maxSteps !== null && maxSteps < SOME, byEpochs < SOME];
  const why = total < byEpochs ? `trainer.maxSteps=${total}` : `${counted(epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')}`;
  const longer = [
    ...(cut ? ['--set trainer.maxSteps=null'] : []),
    ...(short ? [`--set trainer.epochs=${Math.ceil(SOME / stepsPerEpoch)}`] : []),
  ];
  return `the run has ${counted(total, 'step')} (${why}): nothing can be learnt in fewer than about ${LEAST}; for ${SOME} or more: ${longer.join(' ')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`;
}
