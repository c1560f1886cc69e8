import type { TesseraEvent } from '@tessera/core';
import { prepareRecipe, type PreparedRecipe, type PrepareOptions } from '../prepare.ts';
import { openRunFolder, type RunFolder } from './files.ts';
import { eventsOf } from './metrics-file.ts';

/** A run that was begun: where it lies, and its recipe. */
export interface Run {
  readonly folder: RunFolder;
  readonly prepared: PreparedRecipe;
  /** What it has told so far, read anew at each call. */
  events(): readonly TesseraEvent[];
}

/** Puts together what belongs together. */
export function runOf(folder: RunFolder, prepared: PreparedRecipe): Run {
  return { folder, prepared, events: () => eventsOf(folder.metrics) };
}

/**
 * Opens a run folder, to continue the run or to measure it.
 * @param options changes of its recipe, which take effect where it is continued: `set: ['trainer.epochs=20']`
 * @throws TesseraError `E_RUN_NOT_FOUND`, and what {@link prepareRecipe} throws
 */
export async function openRun(path: string, options: PrepareOptions): Promise<Run> {
  const folder = openRunFolder(path);
  return runOf(folder, await prepareRecipe(folder.recipe, options));
}
