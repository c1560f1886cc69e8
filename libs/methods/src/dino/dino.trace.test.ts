/** DINO's steps against the reference's in float64, as testdata/traces/dino-trace.ts reads them. */
import { describeEngines } from '@tessera/testing';
import { it } from 'vitest';
import { readOracle } from '../testdata/read.ts';
import { dinoTrace } from '../testdata/traces/dino-trace.ts';
import { expectCase } from '../testdata/traces/expect-case.ts';

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(dinoTrace(readOracle('dino_trace')))('$name', expectCase);
});
