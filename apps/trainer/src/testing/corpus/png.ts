import { crc32, deflateSync } from 'node:zlib';

/** What libraries do not write, or not exactly so: bit depths below 8, 16 bits, palettes with transparency. */
export interface PngOptions {
  readonly width: number;
  readonly height: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  /** Samples of all pixels, channels interleaved; 16 bits big-endian in the file. */
  readonly samples: readonly number[];
  /** Colours of a palette. */
  readonly palette?: readonly (readonly [number, number, number])[];
  /** Chunks before the pixels: name and content. */
  readonly chunks?: readonly (readonly [string, Uint8Array])[];
}

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

/** @returns a PNG file */
export function png({
  width,
  height,
  colourType,
  bitDepth,
  samples,
  palette,
  chunks = [],
}: PngOptions): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette.flat()))] : []),
    ...chunks.map(([name, content]) => chunk(name, content)),
    chunk('IDAT', deflateSync(scanlines(samples, width * CHANNELS[colourType], bitDepth))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const out = Buffer.alloc(12 + content.length);
  out.writeUInt32BE(content.length, 0);
  out.write(name, 4, 'latin1');
  out.set(content, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + content.length)), 8 + content.length);
  return out;
}

/** Rows without filter, samples packed from the highest bit. */
function scanlines(samples: readonly number[], perRow: number, bitDepth: number): Uint8Array {
  const rowBytes = 1 + Math.ceil((perRow * bitDepth) / 8);
  const rows = samples.length / perRow;
  const out = Buffer.alloc(rowBytes * rows);
  samples.forEach((value, i) => {
    const [row, column] = [Math.floor(i / perRow), i % perRow];
    const bit = column * bitDepth;
    const at = row * rowBytes + 1 + Math.floor(bit / 8);
    if (bitDepth === 16) out.writeUInt16BE(value, at);
    else out[at] = (out[at] ?? 0) | (value << (8 - bitDepth - (bit % 8)));
  });
  return out;
}
