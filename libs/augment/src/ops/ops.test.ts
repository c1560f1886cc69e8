import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { brightness } from './brightness/floats.ts';
import { contrast } from './contrast/floats.ts';
import { gaussianBlur } from './gaussian-blur/gaussian-floats.ts';
import { grayscale } from './grayscale/floats.ts';
import { horizontalFlip } from './horizontal-flip/flip.ts';
import { hue } from './hue/floats.ts';
import type { Interpolation } from '../resample/resample-weights.ts';
import { resizedCrop } from '../resample/resized-crop.ts';
import { saturation } from './saturation/floats.ts';
import { solarize } from './solarize/floats.ts';

type Image = readonly (readonly (readonly number[])[])[];
interface Case {
  readonly op: string;
  readonly params: Readonly<Record<string, number | string | boolean>>;
  readonly output: Image;
}

/** Made by torchvision's functional transforms on float tensors; see its `source`. */
const oracle = JSON.parse(readFileSync(new URL('../testdata/augment_ops.json', import.meta.url), 'utf8')) as {
  readonly image: Image;
  readonly cases: readonly Case[];
};
const height = oracle.image.length;
const width = oracle.image[0]?.length ?? 0;

function run({ op, params }: Case): Float32Array {
  const pixels = Float32Array.from(oracle.image.flat(2));
  const number = (name: string): number => Number(params[name]);
  switch (op) {
    case 'brightness':
      brightness(pixels, number('factor'));
      return pixels;
    case 'contrast':
      contrast(pixels, number('factor'));
      return pixels;
    case 'saturation':
      saturation(pixels, number('factor'));
      return pixels;
    case 'hue':
      hue(pixels, number('factor'));
      return pixels;
    case 'grayscale':
      grayscale(pixels);
      return pixels;
    case 'solarize':
      solarize(pixels, number('threshold'));
      return pixels;
    case 'horizontalFlip':
      horizontalFlip(pixels, width);
      return pixels;
    case 'gaussianBlur':
      gaussianBlur(pixels, width, number('kernelSize'), number('sigma'));
      return pixels;
    case 'resizedCrop': {
      const out = new Float32Array(number('outHeight') * number('outWidth') * 3);
      const box = { top: number('top'), left: number('left'), height: number('height'), width: number('width') };
      resizedCrop(
        { width, height, data: pixels },
        box,
        number('outHeight'),
        number('outWidth'),
        params['interpolation'] as Interpolation,
        out,
      );
      return out;
    }
    default:
      throw new Error(`the oracle has an op that is not implemented: ${op}`);
  }
}

describe('ops equal torchvision on float tensors', () => {
  it('has cases', () => {
    expect(oracle.cases.length).toBeGreaterThan(20);
  });

  for (const item of oracle.cases) {
    it(`${item.op} ${JSON.stringify(item.params)}`, () => {
      const want = item.output.flat(2);
      const got = run(item);
      expect(got.length).toBe(want.length);
      const worst = want.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] ?? NaN))), 0);
      expect(worst).toBeLessThan(item.op === 'hue' ? 1e-3 : 1e-4);
    });
  }
});

describe('trap 25: bilinear and bicubic', () => {
  const resize = (line: readonly number[], side: number, interpolation: Interpolation): number[] => {
    const from = line.length;
    const data = Float32Array.from({ length: from * from * 3 }, (_, i) => line[Math.floor(i / 3) % from] ?? NaN);
    const out = new Float32Array(side * side * 3);
    const whole = { top: 0, left: 0, height: from, width: from };
    resizedCrop({ width: from, height: from, data }, whole, side, side, interpolation, out);
    return Array.from({ length: side }, (_, x) => out[x * 3] ?? NaN);
  };

  it.each(['bilinear', 'bicubic'] as const)('%s: every pixel counts when an image shrinks (antialiasing)', (kernel) => {
    // One column in four is white. Reading only the two columns around each centre would give black.
    const stripes = Array.from({ length: 32 }, (_, x) => (x % 4 === 3 ? 1 : 0));
    for (const value of resize(stripes, 8, kernel).slice(2, -2)) expect(value).toBeCloseTo(0.25, 5);
  });

  it('bicubic-google: only the four around each centre count', () => {
    const stripes = Array.from({ length: 32 }, (_, x) => (x % 4 === 3 ? 1 : 0));
    // The white column lies one and a half pixels off: Keys' cubic is -1/16 there.
    for (const value of resize(stripes, 8, 'bicubic-google')) expect(value).toBeCloseTo(-1 / 16, 5);
  });

  it.each(['bilinear', 'bicubic', 'bicubic-google'] as const)(
    '%s: an image of the right size stays as it is',
    (kernel) => {
      const line = Array.from({ length: 16 }, (_, x) => Math.abs(Math.sin(3 * x)));
      resize(line, 16, kernel).forEach((value, x) => {
        expect(value).toBeCloseTo(line[x] ?? NaN, 6);
      });
    },
  );

  it('bicubic overshoots at an edge, bilinear never', () => {
    const edge = Array.from({ length: 16 }, (_, x) => (x < 8 ? 0 : 1));
    expect(Math.max(...resize(edge, 32, 'bicubic'))).toBeGreaterThan(1.02);
    expect(Math.max(...resize(edge, 32, 'bilinear'))).toBeLessThanOrEqual(1);
  });
});
