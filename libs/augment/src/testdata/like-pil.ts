/** Ops on bytes, in TypeScript and in WebAssembly, against torchvision's transforms on PIL images (make_pil_ops.py). For tests only. */
import { readFileSync } from 'node:fs';
import type { RgbImage } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import type { PixelOps } from '../ops/pixel-ops.ts';
import { wasmBench } from '../wasm/wasm-bench.ts';
import type { Bench, BenchNeeds } from '../workbench/bench.ts';
import { referenceBench } from '../workbench/reference-bench.ts';

interface Case {
  readonly op: string;
  readonly image: string;
  readonly params: Readonly<Record<string, number | string>>;
  readonly output: string;
}

const { images, cases } = JSON.parse(readFileSync(new URL('./pil_ops.json', import.meta.url), 'utf8')) as {
  readonly images: Readonly<
    Record<string, { readonly width: number; readonly height: number; readonly pixels: string }>
  >;
  readonly cases: readonly Case[];
};

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

export function pilImage(name: string): RgbImage {
  const { width = 0, height = 0, pixels = '' } = images[name] ?? {};
  return { width, height, data: bytes(pixels) };
}

type Open = (image: RgbImage, needs: BenchNeeds) => Bench;

/** Where ops run. */
export const BENCHES: readonly (readonly [name: string, open: Open])[] = [
  ['TypeScript', referenceBench],
  [
    'WebAssembly',
    (image, needs) => {
      const bench = wasmBench(image, needs);
      if (!bench) throw new Error('WebAssembly with SIMD does not run here');
      return bench;
    },
  ],
];

/** What an op gets in a test. */
export interface Setting {
  readonly ops: PixelOps<Uint8Array>;
  /** The image; of an op that makes a view of another size, the view. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly source: Bench['source'];
  readonly params: Case['params'];
  readonly number: (name: string) => number;
}

/** Registers the oracle's cases of one op, on each bench. @param compare default: the same bytes */
export function likePil(
  op: string,
  apply: (setting: Setting) => void,
  compare = (got: Uint8Array, want: Uint8Array): void => {
    expect(got).toEqual(want);
  },
): void {
  describe.each(BENCHES)("PIL's bytes: %s", (_name, open) => {
    const own = cases.filter((each) => each.op === op);
    it.each(own.map((each) => [each.image, JSON.stringify(each.params), each] as const))(
      `${op} of %s %s`,
      (_image, _params, { image: name, params, output }) => {
        const image = pilImage(name);
        const { outWidth: width = image.width, outHeight: height = image.height } = params as Record<string, number>;
        const bench = open(image, { type: 'uint8', width, height });
        const canvas = bench.canvas(width * height * 3);
        if (canvas.type !== 'uint8') throw new Error('expected bytes');
        const { pixels, ops } = canvas;
        if (params['outWidth'] === undefined) pixels.set(image.data);
        apply({ ops, pixels, width, height, source: bench.source, params, number: (key) => Number(params[key]) });
        compare(pixels.slice(), bytes(output));
      },
    );
  });
}
