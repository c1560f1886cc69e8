import { messageOf, TesseraError } from '@tessera/core';

/** The error for a file of a data set that is there and cannot be read. */
export function unreadableFile(path: string, error: unknown): TesseraError {
  return new TesseraError({
    code: 'E_DATA_UNREADABLE',
    message: `cannot read '${path}': ${messageOf(error)}`,
    next: 'Check its permissions, and that it is a file.',
    kind: 'failure',
    cause: error,
  });
}
