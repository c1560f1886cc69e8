import { builtins } from '@tessera/builtins';
import type { PartChoice } from '@tessera/core';
import { evaluate, type EvaluationReport } from '../evaluation/evaluate.ts';
import { openRun } from '../folder/open-run.ts';
import type { RecipeChanges } from '../prepare.ts';
import { resume, type PretrainResult, type RunOptions } from '../training/pretrain.ts';

/** Continues the run in a folder, its recipe perhaps changed. */
export async function resumeRun(
  out: string,
  { set = [], ...options }: RunOptions & Pick<RecipeChanges, 'set'> = {},
): Promise<PretrainResult> {
  return resume(await openRun(out, { plugins: builtins, set }), options);
}

/** Scores the run in a folder. */
export async function measureRun(out: string, choice: PartChoice): Promise<EvaluationReport> {
  return evaluate(await openRun(out, { plugins: builtins }), choice);
}
