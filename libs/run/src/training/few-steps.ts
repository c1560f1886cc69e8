import type { ResolvedRecipe } from '../recipe/resolve.ts';

/** Steps below which a run is a trial of the machinery: weights have hardly left their initialisation. */
const LEAST = 100;
/** Steps that a small data set and a small network need to show something. */
const SOME = 500;

type Length = Pick<ResolvedRecipe['trainer'], 'epochs' | 'maxSteps'>;

/**
 * What to say of a run that is too short to learn anything, with the settings that lengthen it.
 * @param stepsPerEpoch full batches in an epoch
 * @returns undefined where the run is long enough
 */
export function fewSteps({ epochs, maxSteps }: Length, stepsPerEpoch: number): string | undefined {
  const byEpochs = epochs * stepsPerEpoch;
  const total = Math.min(byEpochs, maxSteps ?? Infinity);
  if (total >= LEAST) return undefined;
  const why =
    total < byEpochs ? `trainer.maxSteps=${total}` : `${counted(epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')}`;
  const longer = enoughSteps({ epochs, maxSteps }, stepsPerEpoch).map((change) => `--set ${change}`);
  return `the run has ${counted(total, 'step')} (${why}): nothing can be learnt in fewer than about ${LEAST}; for ${SOME} or more: ${longer.join(' ')}`;
}

/** The settings that make a run of fewer than about a hundred steps long enough; none where it is. */
export function enoughSteps({ epochs, maxSteps }: Length, stepsPerEpoch: number): readonly string[] {
  const byEpochs = epochs * stepsPerEpoch;
  if (Math.min(byEpochs, maxSteps ?? Infinity) >= LEAST) return [];
  return [
    ...(maxSteps !== null && maxSteps < SOME ? ['trainer.maxSteps=null'] : []),
    ...(byEpochs < SOME ? [`trainer.epochs=${Math.ceil(SOME / stepsPerEpoch)}`] : []),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`;
}
