/** Whole training steps (ResNet-18, head, objective, SGD) against PyTorch; the engines that are fast enough. */
import { describeEngines } from '@tessera/testing';
import { it, vi } from 'vitest';
import { readOracle } from './testdata/read.ts';
import { expectCase } from './testdata/traces/expect-case.ts';
import { trainTrace } from './testdata/traces/train-trace.ts';

vi.setConfig({ testTimeout: 300_000 });

await describeEngines(['torch', 'tensorflow'], () => {
  it.each(trainTrace(readOracle('train_trace')))('$name', expectCase);
});
