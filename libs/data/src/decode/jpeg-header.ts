/** What the first bytes of a JPEG file say. */
export interface JpegHeader {
  /** Pixels, as stored: before the orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 colour, 4 CMYK. */
  readonly components: number;
  /** Bits of a value. */
  readonly precision: number;
  /** EXIF, 1 to 8; 1 where the file does not say. */
  readonly orientation: number;
}

const MARKER = 0xff;
const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
const APP1 = 0xe1;
/** Huffman-coded baseline, extended and progressive frames: what everybody writes. */
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif\0\0"
const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const LITTLE_ENDIAN = 0x4949;
const BIG_ENDIAN = 0x4d4d;
const TIFF_MAGIC = 42;

/**
 * Reads the segments before the first scan.
 * @returns undefined where it is no JPEG, or of a rare kind: lossless, arithmetic, hierarchical, with EXIF that is odd in any way
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || bytes[0] !== MARKER || bytes[1] !== START_OF_IMAGE) return undefined;
  let orientation: number | null | undefined; // null: only an EXIF library knows
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== MARKER) return undefined;
    const kind = bytes[at + 1] as number;
    if (kind === MARKER) {
      at++; // padding
      continue;
    }
    if (kind === START_OF_SCAN || kind === END_OF_IMAGE) return undefined;
    const begin = at + 4;
    const end = at + 2 + view.getUint16(at + 2);
    if (end < begin || end > bytes.length) return undefined;
    if (FRAMES.includes(kind)) {
      if (end - begin < 6) return undefined;
      const [height, width] = [view.getUint16(begin + 1), view.getUint16(begin + 3)];
      const [precision, components] = [bytes[begin] as number, bytes[begin + 5] as number];
      // Few files say their orientation after the frame; those are not of the ordinary kind.
      return orientation === null || laterExif(bytes, view, end)
        ? undefined
        : { width, height, components, precision, orientation: orientation ?? 1 };
    }
    if (kind === APP1) {
      const found = exifOrientation(bytes.subarray(begin, end));
      orientation = orientation === undefined ? found : found === undefined ? orientation : null; // twice is odd, too
    }
    at = end;
  }
  return undefined;
}

/** Whether an APP1 segment follows before the scan. */
function laterExif(bytes: Uint8Array, view: DataView, from: number): boolean {
  for (let at = from; at + 4 <= bytes.length && bytes[at] === MARKER; at += 2 + view.getUint16(at + 2)) {
    if (bytes[at + 1] === APP1) return true;
    if (bytes[at + 1] === START_OF_SCAN) return false;
  }
  return false;
}

/**
 * @param segment the data of an APP1 segment
 * @returns undefined where it is no EXIF, 1 where it holds no orientation, null where anything about it is odd
 */
function exifOrientation(segment: Uint8Array): number | null | undefined {
  if (EXIF.some((byte, i) => segment[i] !== byte)) return undefined;
  const tiff = new DataView(segment.buffer, segment.byteOffset + EXIF.length, segment.byteLength - EXIF.length);
  if (tiff.byteLength < 8) return null;
  const order = tiff.getUint16(0);
  const little = order === LITTLE_ENDIAN;
  if ((!little && order !== BIG_ENDIAN) || tiff.getUint16(2, little) !== TIFF_MAGIC) return null;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return null;
  const entries = tiff.getUint16(directory, little);
  if (directory + 2 + 12 * entries > tiff.byteLength) return null;
  for (let entry = directory + 2, i = 0; i < entries; entry += 12, i++) {
    if (tiff.getUint16(entry, little) !== ORIENTATION_TAG) continue;
    const single = tiff.getUint16(entry + 2, little) === SHORT && tiff.getUint32(entry + 4, little) === 1;
    const value = tiff.getUint16(entry + 8, little);
    return single && value >= 1 && value <= 8 ? value : null;
  }
  return 1;
}
