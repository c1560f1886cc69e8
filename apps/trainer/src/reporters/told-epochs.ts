import type { EventOf } from '@tessera/core';

/** Lines about epochs that a run's display has room for: few images make epochs of a step or two, hundreds of them. */
const MOST = 100;
/** The first epochs are always told: a person wants to see that it goes. */
const FIRST = 10;

/**
 * Which epochs the display tells: all of a run of 100 or fewer, else the first ten, every n-th and the last.
 * @returns whether to tell the epoch of that number, counted from 0
 */
export function toldEpochs({
  totalSteps,
  stepsPerEpoch,
}: Pick<EventOf<'run-started'>, 'totalSteps' | 'stepsPerEpoch'>): (epoch: number) => boolean {
  const epochs = Math.ceil(totalSteps / stepsPerEpoch);
  const every = Math.ceil(epochs / MOST);
  return (epoch) => epoch < FIRST || (epoch + 1) % every === 0 || epoch === epochs - 1;
}
