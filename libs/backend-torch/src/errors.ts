import type { TensorInfo } from '@tensorflow/tfjs-core';

/** Stable codes of {@link TorchBackendError}. */
export type TorchErrorCode =
  | 'TORCH_ADDON_MISSING'
  | 'TORCH_ADDON_BROKEN'
  | 'TORCH_VERSION_MISMATCH'
  | 'TORCH_BAD_HANDLE'
  | 'TORCH_BAD_ARGUMENT'
  | 'TORCH_OUT_OF_MEMORY'
  | 'TORCH_NO_DEVICE'
  | 'TORCH_CAPTURE'
  | 'TORCH_OP_FAILED'
  | 'TORCH_UNSUPPORTED';

/** A shape tensor of a million axes is in tfjs's own messages with each of them. */
const MOST_MESSAGE = 1000;

/** What this backend throws: one line of text and a stable `code`. */
export class TorchBackendError extends Error {
  constructor(
    readonly code: TorchErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message.length > MOST_MESSAGE ? `${message.slice(0, MOST_MESSAGE)}..` : message, options);
    this.name = 'TorchBackendError';
  }
}

/**
 * A refusal in TensorFlow's own words, which its users know and tfjs's tests compare letter by letter. So it does not name the kernel in
 * its message.
 */
export class TensorFlowError extends TorchBackendError {
  /** the kernel that refused */
  kernelName: string | undefined;

  constructor(message: string, options?: ErrorOptions) {
    super('TORCH_BAD_ARGUMENT', message.replaceAll(/\s*\n\s*/g, ' '), options);
  }
}

/** The call that failed, for the message. */
export interface FailedCall {
  readonly kernelName: string;
  readonly inputs: object;
  readonly attrs: object;
}

const REMEDIES: Readonly<Partial<Record<TorchErrorCode, string>>> = {
  TORCH_OUT_OF_MEMORY: 'use smaller batches or shapes, or dispose of tensors earlier (tf.tidy)',
  TORCH_BAD_HANDLE: 'use tensors before they are disposed of',
};

const MOST_ITEMS = 8;
const MOST_TEXT = 60;

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
const shortened = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}..` : text);

function described(value: unknown): string {
  if (typeof value !== 'object' || value === null) return shortened(firstLine(String(value)));
  const { shape, dtype } = value as Partial<TensorInfo>;
  if (Array.isArray(shape)) return `${String(dtype)}[${shortened(String(shape))}]`;
  return Array.isArray(value) ? `[${shortened(firstLine(value.map(described).join(', ')))}]` : '{..}';
}

/** "x float32[2,3], axis 5" */
function received({ inputs, attrs }: FailedCall): string {
  const items = [...Object.entries(inputs), ...Object.entries(attrs)].map(
    ([name, value]) => `${name} ${described(value)}`,
  );
  const rest = items.length > MOST_ITEMS ? `, and ${String(items.length - MOST_ITEMS)} more` : '';
  return items.length === 0 ? 'nothing' : items.slice(0, MOST_ITEMS).join(', ') + rest;
}

/** JavaScript's own words about a missing or mistyped value help nobody who did not write the kernel. */
const isSlip = (error: Error): boolean => error instanceof TypeError || error instanceof RangeError;

/**
 * The same error as a TorchBackendError of one line: the kernel, what is wrong, what it was given, what to do. One with a code of
 * somebody else's stays as it is; one without any comes from tfjs's checks of shapes and attributes: a bad argument.
 */
export function asTorchError(error: unknown, call: FailedCall): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof TensorFlowError) {
    error.kernelName = call.kernelName;
    return error;
  }
  const given = (error as Error & { code?: unknown }).code;
  if (given !== undefined && !(typeof given === 'string' && given.startsWith('TORCH_'))) return error;
  const code = (given ?? 'TORCH_BAD_ARGUMENT') as TorchErrorCode;
  const reason = isSlip(error)
    ? 'an input or attribute is missing, of the wrong type or out of range'
    : firstLine(error instanceof TorchBackendError ? error.message : withoutOperation(error.message));
  const remedy = REMEDIES[code];
  const parts = [
    `kernel ${call.kernelName}: ${reason}`,
    `got ${received(call)}`,
    ...(remedy === undefined ? [] : [remedy]),
  ];
  return new TorchBackendError(code, parts.join('; '), { cause: error });
}

/** The addon begins its messages with the name of the operation, which the kernel's says already. */
const withoutOperation = (message: string): string => message.replace(/^\w+: /, '');
