/** Whole training runs, read by what the methods' own tests read them by. */
import { byolTrace } from '../../../libs/methods/src/testdata/traces/byol-trace.ts';
import type { TraceCase } from '../../../libs/methods/src/testdata/traces/compared.ts';
import { dinoTrace } from '../../../libs/methods/src/testdata/traces/dino-trace.ts';
import { mocoTrace } from '../../../libs/methods/src/testdata/traces/moco-trace.ts';
import { simsiamTrace } from '../../../libs/methods/src/testdata/traces/simsiam-trace.ts';
import { trainTrace } from '../../../libs/methods/src/testdata/traces/train-trace.ts';
import { attempt, type Kind } from '../measurement.ts';

const traces = (casesOf: (file: unknown) => readonly TraceCase[]): Kind =>
  function* (file) {
    for (const { name, compare } of casesOf(file))
      yield* attempt(name, () =>
        compare().map(({ at, ...measured }) => ({ case: at === '' ? name : `${name}, ${at}`, ...measured })),
      );
  };

export const byolTraceFile = traces(byolTrace);
export const dinoTraceFile = traces(dinoTrace);
export const mocoTraceFile = traces(mocoTrace);
export const simsiamTraceFile = traces(simsiamTrace);
export const trainTraceFile = traces(trainTrace);
