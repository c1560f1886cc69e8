import { isTesseraError, messageOf } from '@tessera/core';

/**
 * Prints an error as one clear line, and what to do on the next.
 * @returns the exit code: 2 where the person can mend it by what they typed, 1 for failures
 */
export function reportError(error: unknown, { verbose }: { readonly verbose: boolean }): number {
  const lines = isTesseraError(error)
    ? [`error: ${error.message} [${error.code}]`, ...(error.next === undefined ? [] : [`  ${error.next}`])]
    : [
        `error: ${messageOf(error).split('\n')[0] ?? ''} [E_INTERNAL]`,
        '  This is a bug. Run again with --verbose and report what it prints.',
      ];
  process.stderr.write(`${lines.join('\n')}\n`);
  if (verbose) process.stderr.write(`${stackOf(error)}\n`);
  return isTesseraError(error) && error.kind === 'usage' ? 2 : 1;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}
