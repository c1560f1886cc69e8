import { isTesseraError, messageOf, TesseraError } from '@tessera/core';
import type { SentError } from './task.ts';

/** Packs an error for postMessage, which keeps neither class nor code. */
export function packError(error: unknown): SentError {
  if (isTesseraError(error))
    return { message: error.message, code: error.code, next: error.next, kind: error.kind, stack: error.stack };
  return { message: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}

/** The error as it was, or, for one that is not ours, one that says a worker broke. */
export function unpackError({ message, code, next, kind, stack }: SentError): TesseraError {
  const cause = new Error(stack ?? message);
  if (code !== undefined)
    return new TesseraError({ code, message, kind: kind ?? 'failure', cause, ...(next === undefined ? {} : { next }) });
  return workerCrash(message, cause);
}

export function workerCrash(reason: string, cause?: unknown): TesseraError {
  return new TesseraError({
    code: 'E_WORKER_CRASHED',
    message: `a data worker broke: ${reason}`,
    next: 'Run with data.workers=0 and --verbose to see the error in the main thread.',
    kind: 'failure',
    cause,
  });
}
