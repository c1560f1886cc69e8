import { fold, rootKey, stream, type RgbImage } from '@tessera/core';
import { describe, expect, it } from 'vitest';
// @ts-expect-error -- a script without types
import { sourceHash } from '../../wasm/build.mjs';
import type { Canvas, PixelOps, Pixels } from '../workbench/pixel-ops.ts';
import type { BenchNeeds } from '../workbench/bench.ts';
import { referenceBench } from '../workbench/reference-bench.ts';
import { KERNELS_SOURCE_HASH } from './kernels.wasm.ts';
import { wasmBench } from './wasm-bench.ts';
import { MAX_WASM_BYTES } from './wasm-memory.ts';

const SIDES = [1, 2, 3, 4, 5, 7, 15, 16, 17, 23, 31, 48, 65];
const random = stream(fold(rootKey(11), 'wasm'));
const side = (): number => SIDES[random.integer(SIDES.length)] ?? 1;

/** Noise, plateaus or extremes: roundings, equal channels and clamping all occur. */
function picture(width: number, height: number): RgbImage {
  const kind = random.integer(4);
  const levels = [256, 4, 2, 256][kind] ?? 256;
  const data = Uint8Array.from({ length: width * height * 3 }, () => (random.integer(levels) * 255) / (levels - 1));
  if (kind === 3) for (let i = 0; i < data.length; i += 6) data.fill(data[i] ?? 0, i, i + 3);
  return { width, height, data };
}

/** Runs the same on both benches, from the same pixels, and gives the largest difference. */
function difference(
  image: RgbImage,
  needs: BenchNeeds,
  apply: <P extends Pixels>(
    ops: PixelOps<P>,
    pixels: P,
    source: RgbImage | Parameters<PixelOps<P>['resizedCrop']>[0],
  ) => void,
): number {
  const run = (bench: ReturnType<typeof wasmBench>): Pixels => {
    if (!bench) throw new Error('WebAssembly with SIMD does not run here');
    const canvas: Canvas = bench.canvas(needs.width * needs.height * 3);
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

const uniform = (low: number, high: number): number => random.uniform(low, high);
const OPS: readonly (readonly [
  string,
  () => <P extends Pixels>(ops: PixelOps<P>, pixels: P, width: number) => void,
])[] = [
  [
    'brightness',
    () => {
      const f = uniform(0, 2);
      return (ops, pixels) => {
        ops.brightness(pixels, f);
      };
    },
  ],
  [
    'contrast',
    () => {
      const f = uniform(0, 2);
      return (ops, pixels) => {
        ops.contrast(pixels, f);
      };
    },
  ],
  [
    'saturation',
    () => {
      const f = uniform(0, 2);
      return (ops, pixels) => {
        ops.saturation(pixels, f);
      };
    },
  ],
  [
    'hue',
    () => {
      const t = uniform(-0.5, 0.5);
      return (ops, pixels) => {
        ops.hue(pixels, t);
      };
    },
  ],
  [
    'grayscale',
    () => (ops, pixels) => {
      ops.grayscale(pixels);
    },
  ],
  [
    'solarize',
    () => {
      const t = uniform(0, 1);
      return (ops, pixels) => {
        ops.solarize(pixels, t);
      };
    },
  ],
  [
    'horizontalFlip',
    () => (ops, pixels, width) => {
      ops.horizontalFlip(pixels, width);
    },
  ],
  [
    'pilBlur',
    () => {
      const s = uniform(0.05, 4);
      return (ops, pixels, width) => {
        ops.pilBlur(pixels, width, s);
      };
    },
  ],
  [
    'pilBlur, wide',
    () => {
      const s = uniform(5, 90);
      return (ops, pixels, width) => {
        ops.pilBlur(pixels, width, s);
      };
    },
  ],
  [
    'gaussianBlur',
    () => {
      const [size, s, border] = [
        2 * random.integer(13) + 1,
        uniform(0.1, 4),
        random.bernoulli(0.5) ? 'zero' : 'reflect',
      ] as const;
      return (ops, pixels, width) => {
        ops.gaussianBlur(pixels, width, size, s, border);
      };
    },
  ],
];

describe('WebAssembly against TypeScript', () => {
  it.each(OPS)('%s: the same bytes; floats within 2e-6, sums of a hundred of them within 1e-5', (name, draw) => {
    for (let round = 0; round < 60; round++) {
      const [width, height] = [side(), side()];
      const image = picture(width, height);
      const op = draw();
      for (const type of ['uint8', 'float32'] as const) {
        const off = difference(image, { type, width, height }, (ops, pixels) => {
          op(ops, pixels, width);
        });
        expect(off, `${type}, ${String(width)} x ${String(height)}`).toBeLessThanOrEqual(
          type === 'uint8' ? 0 : name.includes('wide') ? 1e-5 : 2e-6,
        );
      }
    }
  });

  it.each(['bilinear', 'bicubic', 'bicubic-google'] as const)(
    'resizedCrop, %s: the same bytes; floats within 2e-6',
    (interpolation) => {
      for (let round = 0; round < 150; round++) {
        const image = picture(side() + random.integer(40), side() + random.integer(40));
        const [width, height] = [side(), side()];
        const boxWidth = 1 + random.integer(image.width);
        const boxHeight = 1 + random.integer(image.height);
        const box = {
          top: random.integer(image.height - boxHeight + 1),
          left: random.integer(image.width - boxWidth + 1),
          width: boxWidth,
          height: boxHeight,
        };
        for (const type of ['uint8', 'float32'] as const) {
          const off = difference(image, { type, width, height }, (ops, pixels, source) => {
            ops.resizedCrop(source, box, height, width, interpolation, pixels);
          });
          expect(off, `${type}, ${JSON.stringify(box)} to ${String(width)} x ${String(height)}`).toBeLessThanOrEqual(
            type === 'uint8' ? 0 : 2e-6,
          );
        }
      }
    },
  );

  it('resizes a very long image, whose outputs read hundreds of rows', () => {
    for (const [width, height] of [
      [1, 20_000],
      [20_000, 1],
      [3, 5000],
    ] as const) {
      const image = picture(width, height);
      const box = { top: 0, left: 0, width, height };
      for (const type of ['uint8', 'float32'] as const)
        expect(
          difference(image, { type, width: 7, height: 9 }, (ops, pixels, source) => {
            ops.resizedCrop(source, box, 9, 7, 'bicubic', pixels);
          }),
        ).toBeLessThanOrEqual(type === 'uint8' ? 0 : 1e-5);
    }
  });

  it('leaves what is not the canvas, or needs too much memory, to TypeScript', () => {
    const image = picture(9, 8);
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

  it('was built from the sources that stand in wasm/', () => {
    expect((sourceHash as () => string)(), 'run node libs/augment/wasm/build.mjs and commit what it writes').toBe(
      KERNELS_SOURCE_HASH,
    );
  });
});
