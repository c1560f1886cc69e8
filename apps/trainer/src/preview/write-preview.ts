import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf, TesseraError } from '@tessera/core';
import type { PreparedRecipe } from '@tessera/run/parts';
import { drawContactSheet } from './contact-sheet.ts';
import { fontsWork } from './labels.ts';
import { previewRows, type PreviewRow } from './preview-rows.ts';

export interface PreviewOptions {
  /** At most so many rows. */
  readonly images: number;
  /** File to write, PNG; an old one is replaced. */
  readonly out: string;
  /** What the sheet calls the recipe. */
  readonly recipe: string;
  readonly warn: (code: string, message: string) => void;
}

/**
 * Writes a contact sheet of what the encoder would see. See {@link previewRows} and {@link drawContactSheet}.
 * @returns the file's absolute path, and what is on it
 * @throws TesseraError `E_OUTPUT_UNWRITABLE`, and what {@link previewRows} throws
 */
export async function writePreview(
  prepared: PreparedRecipe,
  { images, out, recipe, warn }: PreviewOptions,
): Promise<{ readonly path: string; readonly rows: readonly PreviewRow[] }> {
  const path = resolve(out);
  checkOutput(path);
  const rows = await previewRows(prepared, images, warn);
  const { augmenter, seed } = prepared.recipe;
  if (!(await fontsWork()))
    warn('W_NO_FONTS', 'this system has no fonts: the sheet has no text (Debian: apt install fonts-dejavu-core)');
  const title = [
    `${recipe}: views of the augmenter '${augmenter.name}', seed ${seed}, first epoch`,
    'as they reach the encoder, before mean and standard deviation; boxes show where they were cut',
  ] as const;
  const png = await drawContactSheet(rows, title);
  try {
    writeFileSync(path, png);
  } catch (error) {
    throw unwritable(path, messageOf(error), error);
  }
  return { path, rows };
}

/** Fails before the work, not after it. */
function checkOutput(path: string): void {
  const folder = dirname(path);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(path, existsSync(folder) ? messageOf(error) : `there is no folder '${folder}'`, error);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw unwritable(path, 'it is a folder');
}

function unwritable(path: string, reason: string, cause?: unknown): TesseraError {
  return new TesseraError({
    code: 'E_OUTPUT_UNWRITABLE',
    message: `cannot write '${path}': ${reason}`,
    next: 'Name a PNG file that you may write with --out FILE.',
    kind: 'failure',
    ...(cause !== undefined && { cause }),
  });
}
