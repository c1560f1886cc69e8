/** TIFF files for tests: gray, one strip, uncompressed, of any type of value. */

/** TIFF's SampleFormat. */
const FORMATS = { unsigned: 1, signed: 2, float: 3 } as const;

export function grayTiff(
  width: number,
  values: Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array,
  format: keyof typeof FORMATS,
): Buffer {
  const height = values.length / width;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const start = 8 + 2 + 12 * 10 + 4;
  const short = 3;
  const long = 4;
  const entries = [
    [256, short, width],
    [257, short, height],
    [258, short, 8 * values.BYTES_PER_ELEMENT],
    [259, short, 1], // not compressed
    [262, short, 1], // black is zero
    [273, long, start],
    [277, short, 1],
    [278, short, height],
    [279, long, bytes.length],
    [339, short, FORMATS[format]],
  ] as const;
  const head = Buffer.alloc(start);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(1, at + 4);
    head.writeUInt32LE(value, at + 8);
  }
  return Buffer.concat([head, bytes]);
}
