import { TesseraError } from '@tessera/core';
import { prepareRecipe } from '../prepare.ts';
import { defaultRunPath, openRunFolder } from '../run/files.ts';
import { listenForStop } from '../signals.ts';
import { pretrain } from '../training/pretrain.ts';
import { definedOnly } from './defined-only.ts';

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
    const next = reason === 'finished' ? `tessera eval knn ${path}` : `tessera pretrain --resume ${path}`;
    process.stdout.write(`encoder: ${folder.encoder}\nnext: ${next}\n`);
    return reason === 'finished' ? 0 : 130;
  } finally {
    stop.release();
  }
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
      next: 'Run: tessera pretrain recipes/simclr-cifar10-small.yaml --data DIR',
    });
  }
  return { file: recipe, path: out ?? defaultRunPath(recipe) };
}
