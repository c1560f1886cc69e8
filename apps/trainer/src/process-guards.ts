import { reportError } from './report-error.ts';

/** Node gives errors of streams a code. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/**
 * What the program does about errors that nobody caught: one line instead of Node's trace, and code 1. A reader of the output that went
 * away (`tessera pretrain ... | head`) is no error: a run goes on without being watched, its metrics are in the run folder.
 */
export function guardProcess({ verbose }: { readonly verbose: boolean }): void {
  const fail = (error: unknown): void => {
    reportError(error, { verbose });
    process.exit(1);
  };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isClosedPipe(error)) fail(error);
    });
  }
  process.on('uncaughtException', fail); // rejections that nobody handles come here too
}
