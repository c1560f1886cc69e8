import { isTesseraError, TesseraError } from '@tessera/core';
import { openRun, pretrain, resume, type PretrainResult, type Run } from '@tessera/run';
import { defaultRunPath, definedOnly, measureOf } from '@tessera/run/parts';
import { builtins } from '../builtins.ts';
import { commandLine } from '../command-line.ts';
import { prepare } from '../prepare.ts';
import { progressTo } from '../reporters/progress.ts';
import { listenForStop } from '../signals.ts';
import { evaluateRetrieval, verdictOf } from './eval-retrieval.ts';

export interface PretrainFlags {
  readonly recipe?: string | undefined;
  readonly set?: readonly string[];
  readonly data?: string | undefined;
  readonly out?: string | undefined;
  readonly engine?: string | undefined;
  readonly device?: string | undefined;
  readonly precision?: string | undefined;
  readonly resume?: string | undefined;
}

/** `tessera pretrain`. @returns the exit code */
export async function pretrainCommand(flags: PretrainFlags): Promise<number> {
  const path = flags.resume ?? flags.out ?? defaultRunPath(flags.recipe ?? '');
  const stop = listenForStop(() => process.stderr.write('\nstopping after this step; once more to quit at once\n'));
  try {
    const { run, reason } = await begin(flags, path, stop.signal);
    process.stdout.write(`encoder: ${run.folder.encoder}\n`);
    if (reason === 'interrupted') {
      sayNext(['pretrain', '--resume', path]);
      return 130;
    }
    await conclude(run, path);
    return 0;
  } finally {
    stop.release();
  }
}

async function begin(
  { recipe, out, resume: from, ...flags }: PretrainFlags,
  path: string,
  stop: AbortSignal,
): Promise<PretrainResult> {
  const changes = definedOnly(flags);
  const interactive = process.stderr.isTTY;
  const options = { interactive, reporters: [progressTo(interactive)], stop };
  if (from !== undefined) {
    if (recipe !== undefined || out !== undefined) throw resumesWith(from, recipe === undefined ? '--out' : 'a recipe');
    return resume(await openRun(from, { plugins: builtins, ...changes }), options);
  }
  if (recipe === undefined) {
    throw new TesseraError({
      code: 'E_USAGE',
      message: 'no recipe was given',
      next: 'Run: tessera pretrain recipes/simclr-photos-small.yaml --data DIR',
    });
  }
  return pretrain(await prepare(recipe, changes), { out: path, ...options });
}

function resumesWith(run: string, given: string): TesseraError {
  return new TesseraError({
    code: 'E_USAGE',
    message: `--resume continues a run with its own recipe and folder; got ${given} too`,
    next: `Run: tessera pretrain --resume ${run}`,
  });
}

/** Says what the run came to where labels are not needed for it, and a next step that these images allow. */
async function conclude(run: Run, path: string): Promise<void> {
  const measure = await measureOf(run.prepared);
  if (measure === undefined) return;
  if (measure === 'retrieval') {
    const warn = (line: string): void => void process.stderr.write(`warning: ${line}\n`);
    try {
      process.stdout.write(`${verdictOf(await evaluateRetrieval(path, { warn }))}\n`);
    } catch (error) {
      // The run is done and its encoder is written, whatever became of the measurement.
      if (!isTesseraError(error)) throw error;
      warn(`the run was not measured: ${error.message} [${error.code}]`);
      return;
    }
  }
  sayNext(['eval', measure, path]);
}

function sayNext(args: readonly string[]): void {
  process.stdout.write(`next: ${commandLine(args)}\n`);
}
