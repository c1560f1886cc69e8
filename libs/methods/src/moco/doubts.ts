import { doubts, type Doubt, type RunFacts } from '@tessera/core';
import { temperatureDoubt } from '@tessera/losses';

interface Options {
  readonly length: number;
  readonly temperature: number;
}

/** What is doubtful about MoCo's loss in such a run. */
export function mocoDoubts({ length, temperature }: Options, run: RunFacts): readonly Doubt[] {
  const { batchSize, totalSteps = Infinity } = run;
  const keys = batchSize * totalSteps;
  return doubts(
    temperatureDoubt(temperature),
    length > keys && {
      code: 'W_QUEUE_NEVER',
      message: `the queue is never full of keys: it holds ${String(length)}, and the run makes ${String(keys)}; the others stay the random vectors that it starts with`,
    },
  );
}
