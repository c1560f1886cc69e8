import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { grayscale } from './grayscale.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { hue } from './hue.ts';
import type { Interpolation } from './resample-weights.ts';
import { resizedCrop } from './resized-crop.ts';
import { saturation } from './saturation.ts';
import { solarize } from './solarize.ts';

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
