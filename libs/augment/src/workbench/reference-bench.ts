import type { RgbImage } from '@tessera/core';
import type { Bench, BenchNeeds } from './bench.ts';
import type { Canvas } from './canvas.ts';
import { byteOps, floatOps } from './reference-ops.ts';

let floats = new Float32Array(0);
let bytes = new Uint8Array(0);

/** Plain TypeScript. */
export function referenceBench(image: RgbImage, { type }: BenchNeeds): Bench {
  return {
    source: image,
    canvas(length): Canvas {
      if (type === 'float32') {
        if (floats.length < length) floats = new Float32Array(length);
        return { type, pixels: floats.subarray(0, length), ops: floatOps };
      }
      if (bytes.length < length) bytes = new Uint8Array(length);
      return { type, pixels: bytes.subarray(0, length), ops: byteOps };
    },
  };
}
