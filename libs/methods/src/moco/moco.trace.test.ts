/** MoCo v1's and v2's steps against the reference's in float64, as testdata/traces/moco-trace.ts reads them. */
import { describeEngines } from '@tessera/testing';
import { it } from 'vitest';
import { readOracle } from '../testdata/read.ts';
import { mocoTrace } from '../testdata/traces/moco-trace.ts';
import { expectCase } from '../testdata/traces/expect-case.ts';

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(mocoTrace(readOracle('moco_trace')))('$name', expectCase);
});
