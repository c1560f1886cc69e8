import { existsSync } from 'node:fs';
import { TesseraError } from '@tessera/core';

/** The error for a folder that is not there (or is a file). */
export function missingFolder(path: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_MISSING',
    message: existsSync(path) ? `the data path '${path}' is not a folder` : `there is no folder '${path}'`,
    next: 'Give a folder of images, or of class folders with images, as --data DIR (or data.path in the recipe).',
  });
}
