import { isTesseraError, TesseraError } from '@tessera/core';
import { commandLine } from '../command-line.ts';
import { prepareRecipe, type PreparedRecipe } from '../prepare.ts';
import { defaultRunPath, openRunFolder } from '../run/files.ts';
import { listenForStop } from '../signals.ts';
import { pretrain } from '../training/pretrain.ts';
import { definedOnly } from './defined-only.ts';
import { evaluateRetrieval, verdictOf } from './eval-retrieval.ts';
import { measureOf } from './measure-of.ts';

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
export async function pretrainCommand({ recipe, out, resume, ...changes }: PretrainFlags): Promise<number> {
  const { file, path } = whatAndWhere(recipe, out, resume);
  const prepared = await prepareRecipe(file, definedOnly(changes));
  const stop = listenForStop(() => process.stderr.write('\nstopping after this step; once more to quit at once\n'));
  try {
    const { reason, folder } = await pretrain(prepared, {
      out: path,
      resume: resume !== undefined,
      interactive: process.stderr.isTTY,
      stop: stop.signal,
    });
    process.stdout.write(`encoder: ${folder.encoder}\n`);
    if (reason === 'interrupted') {
      sayNext(['pretrain', '--resume', path]);
      return 130;
    }
    await conclude(prepared, path);
    return 0;
  } finally {
    stop.release();
  }
}

/** Says what the run came to where labels are not needed for it, and a next step that these images allow. */
async function conclude(prepared: PreparedRecipe, path: string): Promise<void> {
  const measure = await measureOf(prepared);
  if (measure === undefined) return;
  if (measure === 'retrieval') {
    const warn = (message: string): void => void process.stderr.write(`warning: ${message}\n`);
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

function whatAndWhere(
  recipe: string | undefined,
  out: string | undefined,
  resume: string | undefined,
): { file: string; path: string } {
  if (resume !== undefined) {
    if (recipe !== undefined || out !== undefined) {
      throw new TesseraError({
        code: 'E_USAGE',
        message: `--resume continues a run with its own recipe and folder; got ${recipe === undefined ? '--out' : 'a recipe'} too`,
        next: `Run: tessera pretrain --resume ${resume}`,
      });
    }
    return { file: openRunFolder(resume).recipe, path: resume };
  }
  if (recipe === undefined) {
    throw new TesseraError({
      code: 'E_USAGE',
      message: 'no recipe was given',
      next: 'Run: tessera pretrain recipes/simclr-photos-small.yaml --data DIR',
    });
  }
  return { file: recipe, path: out ?? defaultRunPath(recipe) };
}
