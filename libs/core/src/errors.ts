/** `usage`: the person can mend it by changing what they typed or wrote (exit code 2). `failure`: something broke (exit code 1). */
export type ErrorKind = 'usage' | 'failure';

/** What a {@link TesseraError} is made of. */
export interface ErrorDetails {
  /** Stable, upper-case, never reused for another meaning: `E_OPTION_UNKNOWN`. Third parties prefix theirs. */
  readonly code: string;
  /** What was got and what was expected, one sentence. */
  readonly message: string;
  /** What to do next, one sentence. */
  readonly next?: string;
  /** Default `usage`. */
  readonly kind?: ErrorKind;
  readonly cause?: unknown;
}

/** The one error type that people are meant to see. Everything else is a bug and is shown as one. */
export class TesseraError extends Error {
  override readonly name = 'TesseraError';
  readonly code: string;
  readonly kind: ErrorKind;
  readonly next: string | undefined;

  constructor({ code, message, next, kind = 'usage', cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.kind = kind;
    this.next = next;
  }
}

/** True for our errors, also across worker threads and duplicate copies of this package (compared by shape, not by class). */
export function isTesseraError(error: unknown): error is TesseraError {
  return error instanceof Error && error.name === 'TesseraError' && 'code' in error && 'kind' in error;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
