import { isTesseraError, TesseraError, type Reporter } from '@tessera/core';
import { openRun, pretrain, resume, type PretrainResult, type Run } from '@tessera/run';
import { defaultRunPath, definedOnly, measureOf } from '@tessera/run/parts';
import { tap } from 'rxjs';
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
    const told = new Set<string>();
    const { run, reason } = await begin(flags, path, stop.signal, noting(told));
    process.stdout.write(`encoder: ${run.folder.encoder}\n`);
    if (reason === 'interrupted') {
      sayNext(['pretrain', '--resume', path]);
      return 130;
    }
    await conclude(run, path, told);
    return 0;
  } finally {
    stop.release();
  }
}

async function begin(
  { recipe, out, resume: from, ...flags }: PretrainFlags,
  path: string,
  stop: AbortSignal,
  noted: Reporter,
): Promise<PretrainResult> {
  const changes = definedOnly(flags);
  const interactive = process.stderr.isTTY;
  const options = { interactive, reporters: [progressTo(interactive), noted], stop };
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

/** Keeps the warnings of a run: what measures it opens the same images, and would say the same of them. */
function noting(told: Set<string>): Reporter {
  return function noteWarnings(events) {
    return events.pipe(
      tap((event) => {
        if (event.type === 'warning') told.add(`${event.message} [${event.code}]`);
      }),
    );
  };
}

function resumesWith(run: string, given: string): TesseraError {
  return new TesseraError({
    code: 'E_USAGE',
    message: `--resume continues a run with its own recipe and folder; got ${given} too`,
    next: `Run: tessera pretrain --resume ${run}`,
  });
}

/** Says what the run came to where labels are not needed for it, and a next step that these images allow. */
async function conclude(run: Run, path: string, told: ReadonlySet<string>): Promise<void> {
  const measure = await measureOf(run.prepared);
  if (measure === undefined) return;
  if (measure === 'retrieval') {
    const warn = (line: string): void => {
      if (!told.has(line)) process.stderr.write(`warning: ${line}\n`);
    };
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
