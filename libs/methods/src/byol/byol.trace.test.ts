/** BYOL's steps against the reference's in float64, as testdata/traces/byol-trace.ts reads them. */
import { describeEngines } from '@tessera/testing';
import { it } from 'vitest';
import { readOracle } from '../testdata/read.ts';
import { byolTrace } from '../testdata/traces/byol-trace.ts';
import { expectCase } from '../testdata/traces/expect-case.ts';

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(byolTrace(readOracle('byol_trace')))('$name', expectCase);
});
