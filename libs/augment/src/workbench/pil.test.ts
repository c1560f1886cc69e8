import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RgbImage } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { simclrView } from '../augmenters/simclr-view.ts';
import type { Interpolation } from '../resample/resample-weights.ts';
import { applyView } from '../pipeline/view-recipe.ts';
import { wasmBench } from '../wasm/wasm-bench.ts';
import type { Bench, BenchNeeds } from './bench.ts';
import type { PixelOps } from './pixel-ops.ts';
import { referenceBench } from './reference-bench.ts';

interface Case {
  readonly op: string;
  readonly image: string;
  readonly params: Readonly<Record<string, number | string>>;
  readonly output: string;
}
interface View {
  readonly image: string;
  readonly box: readonly [top: number, left: number, height: number, width: number];
  readonly interpolation: Interpolation;
  readonly flip: boolean;
  readonly jitter: readonly (readonly [string, number])[] | null;
  readonly gray: boolean;
  readonly sigma: number | null;
  readonly output: string;
}

/** torchvision's transforms on PIL images: testdata/make_pil_ops.py. */
const fixtures = JSON.parse(readFileSync(new URL('../testdata/pil_ops.json', import.meta.url), 'utf8')) as {
  readonly images: Readonly<
    Record<string, { readonly width: number; readonly height: number; readonly pixels: string }>
  >;
  readonly cases: readonly Case[];
  readonly views: readonly View[];
  readonly colours: readonly { readonly turns: number; readonly sha256: string }[];
};
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const imageOf = (name: string): RgbImage => {
  const { width = 0, height = 0, pixels = '' } = fixtures.images[name] ?? {};
  return { width, height, data: bytes(pixels) };
};

const BENCHES: readonly (readonly [name: string, open: (image: RgbImage, needs: BenchNeeds) => Bench | null])[] = [
  ['TypeScript', referenceBench],
  ['WebAssembly', wasmBench],
];

function run(
  open: (image: RgbImage, needs: BenchNeeds) => Bench | null,
  { op, image: name, params }: Case,
): Uint8Array {
  const image = imageOf(name);
  const number = (key: string): number => Number(params[key]);
  const width = op === 'resizedCrop' ? number('outWidth') : image.width;
  const height = op === 'resizedCrop' ? number('outHeight') : image.height;
  const bench = open(image, { type: 'uint8', width, height });
  if (!bench) throw new Error('WebAssembly with SIMD does not run here');
  const canvas = bench.canvas(width * height * 3);
  if (canvas.type !== 'uint8') throw new Error('expected bytes');
  const { pixels, ops } = canvas;
  const one: Readonly<Record<string, (ops: PixelOps<Uint8Array>) => void>> = {
    brightness: () => {
      ops.brightness(pixels, number('factor'));
    },
    contrast: () => {
      ops.contrast(pixels, number('factor'));
    },
    saturation: () => {
      ops.saturation(pixels, number('factor'));
    },
    hue: () => {
      ops.hue(pixels, number('turns'));
    },
    grayscale: () => {
      ops.grayscale(pixels);
    },
    horizontalFlip: () => {
      ops.horizontalFlip(pixels, width);
    },
    solarize: () => {
      ops.solarize(pixels, number('threshold') / 255);
    },
    pilBlur: () => {
      ops.pilBlur(pixels, width, number('sigma'));
    },
    gaussianBlur: () => {
      ops.gaussianBlur(pixels, width, number('kernelSize'), number('sigma'), 'reflect');
    },
    resizedCrop: () => {
      const box = { top: number('top'), left: number('left'), height: number('height'), width: number('width') };
      ops.resizedCrop(bench.source, box, height, width, params['interpolation'] as Interpolation, pixels);
    },
  };
  if (op !== 'resizedCrop') pixels.set(image.data);
  const apply = one[op];
  if (!apply) throw new Error(`the fixtures have an op that is not implemented: ${op}`);
  apply(ops);
  return pixels.slice();
}

const SIZE = 24;

describe.each(BENCHES)("PIL's bytes: %s", (_name, open) => {
  it.each(fixtures.cases.map((each) => [each.op, each.image, JSON.stringify(each.params), each] as const))(
    '%s of %s %s',
    (op, _image, _params, each) => {
      const got = run(open, each);
      const want = bytes(each.output);
      if (op !== 'gaussianBlur') {
        expect(got).toEqual(want);
        return;
      }
      // torchvision convolves in two dimensions at once: a sum next to a half may round the other way.
      expect(got.length).toBe(want.length);
      const off = want.map((value, i) => Math.abs(value - (got[i] ?? NaN)));
      expect(Math.max(...off)).toBeLessThanOrEqual(1);
      expect(off.filter((value) => value > 0).length).toBeLessThan(want.length / 500 + 1);
    },
  );

  it.each(fixtures.views.map((view, i) => [i, view] as const))(
    'view %i: crop and resize, flip, jitter, gray, blur',
    (_i, view) => {
      const recipe = simclrView(
        { size: SIZE, scale: [0.08, 1], interpolation: view.interpolation },
        {
          cropRatio: [3 / 4, 4 / 3],
          flipProbability: 0.5,
          strength: 1,
          jitter: 'torchvision',
          jitterProbability: 0.8,
          grayscaleProbability: 0.2,
          blur: 'pil',
          blurProbability: 0.5,
          blurSigma: [0.1, 2],
          solarizeProbability: 0,
        },
      );
      const bench = open(imageOf(view.image), { type: 'uint8', width: SIZE, height: SIZE });
      const canvas = bench?.canvas(SIZE * SIZE * 3);
      if (!bench || !canvas) throw new Error('WebAssembly with SIMD does not run here');
      const [top, left, height, width] = view.box;
      const ops = [view.flip || null, view.jitter, view.gray || null, view.sigma];
      applyView(bench.source, { crop: { top, left, height, width }, ops }, recipe, canvas);
      expect(canvas.pixels).toEqual(bytes(view.output));
    },
  );

  it.each(fixtures.colours.map(({ turns, sha256 }) => [turns, sha256] as const))(
    'turns the hue of all 2^24 colours by %f as PIL does',
    (turns, sha256) => {
      const width = 4096;
      const side = 256; // rows at a time
      const hash = createHash('sha256');
      for (let first = 0; first < 4096; first += side) {
        const strip = new Uint8Array(width * side * 3);
        for (let i = 0, colour = first * width; i < strip.length; i += 3, colour++) {
          strip[i] = colour >> 16;
          strip[i + 1] = (colour >> 8) & 255;
          strip[i + 2] = colour & 255;
        }
        const canvas = open({ width: 1, height: 1, data: new Uint8Array(3) }, { type: 'uint8', width, height: side });
        const view = canvas?.canvas(strip.length);
        if (view?.type !== 'uint8') throw new Error('WebAssembly with SIMD does not run here');
        view.pixels.set(strip);
        view.ops.hue(view.pixels, turns);
        hash.update(view.pixels);
      }
      expect(hash.digest('hex')).toBe(sha256);
    },
  );
});
