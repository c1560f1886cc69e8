import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, TesseraError } from '@tessera/core';

/** Where a run keeps its things. Paths are absolute. */
export interface RunFolder {
  readonly root: string;
  /** The resolved recipe: every default explicit. */
  readonly recipe: string;
  /** One event a line. */
  readonly metrics: string;
  readonly checkpoints: string;
  /** The encoder under torchvision's names and layouts. */
  readonly encoder: string;
}

export function runFolder(path: string): RunFolder {
  const root = resolve(path);
  return {
    root,
    recipe: join(root, 'recipe.resolved.yaml'),
    metrics: join(root, 'metrics.jsonl'),
    checkpoints: join(root, 'checkpoints'),
    encoder: join(root, 'encoder.safetensors'),
  };
}

/** `runs/<recipe>-2026-01-31T12-00-00`, made unique. */
export function defaultRunPath(recipeFile: string, now = new Date()): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '-');
  const path = join('runs', `${basename(recipeFile).replace(/\.[^.]+$/, '')}-${stamp}`);
  for (let copy = 2; ; copy++) {
    const candidate = copy === 2 ? path : `${path}-${copy - 1}`;
    if (!existsSync(candidate)) return candidate;
  }
}

/**
 * Makes a new run's folder and proves that it can be written to.
 * @throws TesseraError `E_OUTPUT_EXISTS` if it holds something, `E_OUTPUT_UNWRITABLE`
 */
export function createRunFolder(path: string): RunFolder {
  const folder = runFolder(path);
  try {
    makeFolders(folder.root);
    if (readdirSync(folder.root).length > 0) {
      throw new TesseraError({
        code: 'E_OUTPUT_EXISTS',
        message: `the output folder '${path}' is not empty`,
        next: `Choose another --out, or continue that run with: tessera pretrain --resume ${path}`,
      });
    }
    mkdirSync(folder.checkpoints);
    const probe = join(folder.root, '.probe');
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    if (error instanceof TesseraError) throw error;
    throw new TesseraError({
      code: 'E_OUTPUT_UNWRITABLE',
      message: `cannot write to the output folder '${path}': ${messageOf(error)}`,
      next: 'Give a folder you may write to with --out.',
      kind: 'failure',
      cause: error,
    });
  }
  return folder;
}

/** Like `mkdir -p`. Node's own recursive mkdir never returns where a file system answers ENOENT, as /proc does. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  mkdirSync(path);
}

/** Takes back what a run wrote that came to nothing, so that the folder can be used again. */
export function clearRunFolder(folder: RunFolder): void {
  for (const path of [folder.recipe, folder.metrics, folder.checkpoints, folder.encoder])
    rmSync(path, { recursive: true, force: true });
}

/**
 * Opens an existing run's folder.
 * @throws TesseraError `E_RUN_NOT_FOUND`
 */
export function openRunFolder(path: string): RunFolder {
  const folder = runFolder(path);
  if (existsSync(folder.recipe)) return folder;
  throw new TesseraError({
    code: 'E_RUN_NOT_FOUND',
    message: `'${path}' is not a run folder: ${existsSync(folder.root) ? 'it has no recipe.resolved.yaml' : 'it does not exist'}`,
    next: 'Give the folder that `tessera pretrain` printed (runs/<recipe>-<time> unless --out was given).',
  });
}

/** Writes so that readers see the old file or the whole new one, also after a crash. */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.tmp-${process.pid}`;
  const handle = openSync(temporary, 'w');
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, path);
}
