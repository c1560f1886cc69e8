/** Stable codes of {@link TorchBackendError}. */
export type TorchErrorCode =
  | 'TORCH_ADDON_MISSING'
  | 'TORCH_ADDON_BROKEN'
  | 'TORCH_BAD_HANDLE'
  | 'TORCH_BAD_ARGUMENT'
  | 'TORCH_OUT_OF_MEMORY'
  | 'TORCH_OP_FAILED'
  | 'TORCH_UNSUPPORTED';

/** What this backend throws: one line of text and a stable `code`. */
export class TorchBackendError extends Error {
  constructor(
    readonly code: TorchErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TorchBackendError';
  }
}

/**
 * The same error as a TorchBackendError. One with a code of somebody else's stays as it is; one without any comes from tfjs's
 * checks of shapes and attributes, or from a missing input: a bad argument.
 */
export function asTorchError(error: unknown, kernelName: string): unknown {
  if (error instanceof TorchBackendError || !(error instanceof Error)) return error;
  const code = (error as Error & { code?: unknown }).code;
  if (code !== undefined && !(typeof code === 'string' && code.startsWith('TORCH_'))) return error;
  return new TorchBackendError(
    (code ?? 'TORCH_BAD_ARGUMENT') as TorchErrorCode,
    `kernel ${kernelName}: ${error.message}`,
    { cause: error },
  );
}
