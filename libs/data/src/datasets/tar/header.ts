/** One block of a tar, and the unit that everything is padded to, bytes. */
export const BLOCK = 512;

/** What a header block says. */
export interface Header {
  readonly name: string;
  readonly linkName: string;
  /** Bytes that follow the header. */
  readonly size: number;
  /** `0` or NUL: file; `1`: hard link; `2`: symbolic link; `5`: folder; `x`, `g`: pax; `L`, `K`: GNU's long names. */
  readonly type: string;
}

/**
 * Reads a header block: v7, ustar (with its prefix) or GNU (with numbers in base 256).
 * @returns none where the checksum is wrong: the block is no header
 */
export function parseHeader(block: Uint8Array): Header | undefined {
  if (block.length < BLOCK || !hasChecksum(block)) return undefined;
  const bytes = Buffer.from(block.buffer, block.byteOffset, BLOCK);
  const prefix = bytes.toString('latin1', 257, 263) === 'ustar\0' ? textOf(bytes, 345, 155) : '';
  const name = textOf(bytes, 0, 100);
  const size = numberOf(bytes, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: textOf(bytes, 157, 100),
    size,
    type: bytes.toString('latin1', 156, 157).replace('\0', '0'),
  };
}

/** Sum of all bytes, those of the sum itself as spaces; some old tars summed signed bytes. */
function hasChecksum(block: Uint8Array): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stored = numberOf(Buffer.from(block.buffer, block.byteOffset, BLOCK), 148, 8);
  return stored === unsigned || stored === signed;
}

function textOf(bytes: Buffer, from: number, length: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString('utf8', from, end < 0 ? from + length : Math.min(end, from + length));
}

/** Octal digits, or base 256 where the first bit is set. NaN where it is neither. */
function numberOf(bytes: Buffer, from: number, length: number): number {
  const first = bytes[from] ?? 0;
  if (first < 128) {
    const digits = bytes
      .toString('latin1', from, from + length)
      .replace(/[\0 ]+$/, '')
      .trimStart();
    return /^[0-7]*$/.test(digits) ? Number.parseInt(digits === '' ? '0' : digits, 8) : NaN;
  }
  if (first === 255) return NaN; // negative
  return bytes.subarray(from + 1, from + length).reduce((sum, byte) => sum * 256 + byte, first - 128);
}

/** Records `LENGTH KEY=VALUE\n` of a pax header; LENGTH counts bytes, itself included. What is no record ends the list. */
export function parsePax(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length < 5 || at + length > bytes.length) break;
    const equals = bytes.indexOf(61, space);
    if (equals < 0 || equals >= at + length) break;
    records.set(bytes.toString('utf8', space + 1, equals), bytes.toString('utf8', equals + 1, at + length - 1));
    at += length;
  }
  return records;
}
