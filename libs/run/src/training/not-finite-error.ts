import { TesseraError, type Progress } from '@tessera/core';
import { significant } from '../significant.ts';
import type { Culprit } from './first-not-finite.ts';

const LOWER_RATE = 'lower optimizer.options.learningRate or lengthen the warm-up';

/** What to look at, by what was not finite first. The learning rate only where a step was made with one. */
function advice({ what }: Culprit, blameRate: boolean): string {
  switch (what) {
    case 'pixels':
      return 'Look at the images (tessera preview), at data.normalize and at the options of the augmenter: the rest only follows.';
    case 'weights':
      return blameRate
        ? `The last update broke them: ${LOWER_RATE}.`
        : 'They were so before the first update: look at the initialisation of that part, or at what was restored.';
    case 'embeddings':
      return `${blameRate ? `${capital(LOWER_RATE)}; else look` : 'Look'} at the range of the pixels (data.normalize is for pixels of 0 to 1), at the normalisation of encoder and head, and try --precision f32.`;
    case 'loss':
    case 'gradient':
      return `Raise the temperature or the epsilon of the objective, let it normalise embeddings, look at the images for ones that are constant (tessera preview), and try --precision f32${blameRate ? `; else ${LOWER_RATE}` : ''}.`;
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function nameOf(culprit: Culprit): string {
  if (culprit.what === 'weights') return `the weights '${culprit.name}'`;
  if (culprit.what === 'gradient') return `the gradient of '${culprit.name}'`;
  return culprit.what === 'pixels' ? 'the pixels of the views' : `the ${culprit.what}`;
}

/** Where a step stands, for people: steps and epochs count from 1. */
function whereText({ step, epoch }: Progress, learningRate: number): string {
  return `at step ${step + 1} (epoch ${epoch + 1}, learning rate ${significant(learningRate)})`;
}

/** What goes on about the run: nothing was changed, and what was saved before is still there. */
const keeps = ({ step }: Progress): string => (step > 0 ? 'The last checkpoint is kept, where there is one. ' : '');

/** `E_LOSS_NOT_FINITE`. */
export function lossNotFinite(loss: number, culprit: Culprit, progress: Progress, learningRate: number): TesseraError {
  const first =
    culprit.what === 'loss' ? 'embeddings and weights are finite' : `the first that is not finite: ${nameOf(culprit)}`;
  return new TesseraError({
    code: 'E_LOSS_NOT_FINITE',
    message: `the loss is ${loss} ${whereText(progress, learningRate)}; ${first}`,
    next: keeps(progress) + advice(culprit, progress.step > 0 && learningRate > 0),
    kind: 'failure',
  });
}

/** `E_GRADIENT_NOT_FINITE`: the loss was finite. @param culprit undefined where only the norm is too large for a float32 */
export function gradientNotFiniteError(
  loss: number,
  culprit: Culprit | undefined,
  progress: Progress,
  learningRate: number,
): TesseraError {
  const what = culprit ? `${nameOf(culprit)} is not finite` : 'the norm of the gradient is more than float32 can hold';
  return new TesseraError({
    code: 'E_GRADIENT_NOT_FINITE',
    message: `${what} ${whereText(progress, learningRate)}, though the loss is ${significant(loss, 6)}; nothing was updated`,
    next: keeps(progress) + advice(culprit ?? { what: 'loss' }, progress.step > 0 && learningRate > 0),
    kind: 'failure',
  });
}
