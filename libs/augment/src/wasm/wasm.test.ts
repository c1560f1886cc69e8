import { rootKey, stream } from '@tessera/core';
import { describe, expect, it } from 'vitest';
// @ts-expect-error -- a script without types
import { sourceHash } from '../../wasm/build.mjs';
import { roughPicture } from '../testdata/like-typescript.ts';
import { KERNELS_SOURCE_HASH } from './kernels.wasm.ts';
import { wasmBench } from './wasm-bench.ts';
import { MAX_WASM_BYTES } from './wasm-memory.ts';

describe('the kernels', () => {
  it('leave what is not the canvas, or needs too much memory, to TypeScript', () => {
    const image = roughPicture(stream(rootKey(11)), 9, 8);
    const bench = wasmBench(image, { type: 'uint8', width: 9, height: 8 });
    const canvas = bench?.canvas(9 * 8 * 3);
    if (canvas?.type !== 'uint8') throw new Error('WebAssembly with SIMD does not run here');
    const mine = Uint8Array.from(image.data);
    canvas.pixels.set(image.data);
    canvas.ops.pilBlur(mine, 9, 1.3);
    canvas.ops.pilBlur(canvas.pixels, 9, 1.3);
    expect(mine).toEqual(canvas.pixels);
    const large = Math.ceil(Math.sqrt(MAX_WASM_BYTES / 3)) + 1;
    expect(wasmBench(image, { type: 'uint8', width: large, height: large })).toBeNull();
    expect(() => bench?.canvas(9 * 8 * 3 + 1)).toThrow(RangeError);
  });

  it('were built from the sources that stand beside the ops and in wasm/', () => {
    expect((sourceHash as () => string)(), 'run node libs/augment/wasm/build.mjs and commit what it writes').toBe(
      KERNELS_SOURCE_HASH,
    );
  });
});
