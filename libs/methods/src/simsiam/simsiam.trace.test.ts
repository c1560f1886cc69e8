/** SimSiam's steps against the reference's in float64, as testdata/traces/simsiam-trace.ts reads them. */
import { describeEngines } from '@tessera/testing';
import { it } from 'vitest';
import { readOracle } from '../testdata/read.ts';
import { simsiamTrace } from '../testdata/traces/simsiam-trace.ts';
import { expectCase } from '../testdata/traces/expect-case.ts';

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(simsiamTrace(readOracle('simsiam_trace')))('$name', expectCase);
});
