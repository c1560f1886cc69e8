/** Ops in WebAssembly against the same in TypeScript, on images of any size. For tests only. */
import { fold, rootKey, stream, type RandomStream, type RgbImage } from '@tessera/core';
import { expect, it } from 'vitest';
import type { Pixels } from '../ops/pixel-op.ts';
import type { PixelOps } from '../ops/pixel-ops.ts';
import { wasmBench } from '../wasm/wasm-bench.ts';
import type { Bench, BenchNeeds } from '../workbench/bench.ts';
import { referenceBench } from '../workbench/reference-bench.ts';

const SIDES = [1, 2, 3, 4, 5, 7, 15, 16, 17, 23, 31, 48, 65];

/** A side that fills a register, or nearly, or not. */
export const sideOf = (random: RandomStream): number => SIDES[random.integer(SIDES.length)] ?? 1;

/** Noise, plateaus or extremes: roundings, equal channels and clamping all occur. */
export function roughPicture(random: RandomStream, width: number, height: number): RgbImage {
  const kind = random.integer(4);
  const levels = [256, 4, 2, 256][kind] ?? 256;
  const data = Uint8Array.from({ length: width * height * 3 }, () => (random.integer(levels) * 255) / (levels - 1));
  if (kind === 3) for (let i = 0; i < data.length; i += 6) data.fill(data[i] ?? 0, i, i + 3);
  return { width, height, data };
}

/** Runs the same on both benches, from the same pixels, and gives the largest difference. */
export function benchDifference(
  image: RgbImage,
  needs: BenchNeeds,
  apply: <P extends Pixels>(ops: PixelOps<P>, pixels: P, source: Bench['source']) => void,
): number {
  const run = (bench: Bench | null): Pixels => {
    if (!bench) throw new Error('WebAssembly with SIMD does not run here');
    const canvas = bench.canvas(needs.width * needs.height * 3);
    canvas.pixels.fill(0);
    const start = image.data.subarray(0, canvas.pixels.length);
    if (canvas.type === 'uint8') {
      canvas.pixels.set(start);
      apply(canvas.ops, canvas.pixels, bench.source);
    } else {
      canvas.pixels.set(Float32Array.from(start, (value) => value / 255));
      apply(canvas.ops, canvas.pixels, bench.source);
    }
    return canvas.pixels.slice();
  };
  const want = run(referenceBench(image, needs));
  const got = run(wasmBench(image, needs));
  expect(got.length).toBe(want.length);
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const off = Math.abs((want[i] as number) - (got[i] as number));
    if (!(off <= worst)) worst = off;
  }
  return worst;
}

/** Registers a comparison of one op: the same bytes; floats within a rounding, 1e-5 where more than a hundred values are added. */
export function likeTypeScript(
  name: string,
  draw: (random: RandomStream) => <P extends Pixels>(ops: PixelOps<P>, pixels: P, width: number) => void,
  tolerance = 2e-6,
): void {
  it(`${name}: the same bytes in WebAssembly; floats within ${String(tolerance)}`, () => {
    const random = stream(fold(rootKey(11), 'wasm', name));
    for (let round = 0; round < 60; round++) {
      const [width, height] = [sideOf(random), sideOf(random)];
      const image = roughPicture(random, width, height);
      const op = draw(random);
      for (const type of ['uint8', 'float32'] as const) {
        const off = benchDifference(image, { type, width, height }, (ops, pixels) => {
          op(ops, pixels, width);
        });
        const most = type === 'uint8' ? 0 : tolerance;
        expect(off, `${type}, ${String(width)} x ${String(height)}`).toBeLessThanOrEqual(most);
      }
    }
  });
}
