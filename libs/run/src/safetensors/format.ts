import { TesseraError } from '@tessera/core';

/**
 * The safetensors format (github.com/huggingface/safetensors, "Format"): an 8-byte little-endian header length, a JSON header of
 * `{name: {dtype, shape, data_offsets}}` with string metadata under `__metadata__`, then the tensors' bytes, contiguous, little-endian.
 */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const METADATA = '__metadata__';

function dtypeOf(values: HostTensor['values']): string {
  if (values instanceof Float32Array) return 'F32';
  return values instanceof Int32Array ? 'I32' : 'U8';
}

/** Serialises; wider types come first so that every tensor is aligned, and the header is padded with spaces to 8 bytes. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const names = Object.keys(tensors).sort((a, b) => width(tensors, b) - width(tensors, a) || (a < b ? -1 : 1));
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let offset = 0;
  for (const name of names) {
    const { shape, values } = entryOf(tensors, name);
    header[name] = { dtype: dtypeOf(values), shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(start + offset).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let position = start;
  for (const name of names) {
    const { values } = entryOf(tensors, name);
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return file;
}

function width(tensors: SafetensorsFile['tensors'], name: string): number {
  return tensors[name]?.values.BYTES_PER_ELEMENT ?? 0;
}

function entryOf(tensors: SafetensorsFile['tensors'], name: string): HostTensor {
  return tensors[name] ?? { shape: [0], values: new Float32Array() };
}

/**
 * Parses. Values are copies.
 * @param shown what to call the file in messages
 * @throws TesseraError `E_SAFETENSORS_INVALID`
 */
export function decodeSafetensors(file: Uint8Array, shown: string): SafetensorsFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.byteLength >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (8 + length > file.byteLength) throw invalid(shown, 'is cut short: its header does not fit');
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, unknown>;
  } catch (cause) {
    throw invalid(shown, 'has a header that is not JSON', cause);
  }
  const { [METADATA]: metadata, ...entries } = header;
  const tensors: Record<string, HostTensor> = {};
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    const [begin, end] = entry.data_offsets;
    if (8 + length + end > file.byteLength) throw invalid(shown, `is cut short: '${name}' ends after the file`);
    tensors[name] = {
      shape: entry.shape,
      values: typed(entry.dtype, Uint8Array.from(file.subarray(8 + length + begin, 8 + length + end)), shown),
    };
  }
  return { tensors, metadata: (metadata ?? {}) as Record<string, string> };
}

function typed(dtype: string, bytes: Uint8Array, shown: string): HostTensor['values'] {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'I32':
      return new Int32Array(bytes.buffer);
    case 'U8':
    case 'BOOL':
      return bytes;
    case 'I64':
      return Int32Array.from(new BigInt64Array(bytes.buffer), Number);
    default:
      throw invalid(shown, `has a tensor of type ${dtype}; F32, I32, I64, U8 and BOOL are known`);
  }
}

function invalid(shown: string, problem: string, cause?: unknown): TesseraError {
  return new TesseraError({
    code: 'E_SAFETENSORS_INVALID',
    message: `'${shown}' ${problem}`,
    next: 'Use an older checkpoint, or make the file again.',
    kind: 'failure',
    cause,
  });
}
