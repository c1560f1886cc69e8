import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { likePil } from '../../testdata/like-pil.ts';
import { likeTensorFlow } from '../../testdata/like-tensorflow.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { gaussianBlur } from './gaussian-floats.ts';
import { boxRadius, pilBlur } from './pil-floats.ts';

const oracle = JSON.parse(readFileSync(new URL('../../testdata/pil_blur.json', import.meta.url), 'utf8')) as {
  readonly width: number;
  readonly image: readonly number[];
  readonly cases: readonly { readonly sigma: number; readonly output: readonly number[] }[];
};

/** Variance of the response to a single bright pixel, along x. */
function spread(blur: (pixels: Float32Array, width: number) => void): number {
  const size = 41;
  const pixels = new Float32Array(size * size * 3);
  pixels[(20 * size + 20) * 3] = 1;
  blur(pixels, size);
  let total = 0;
  let squared = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const value = pixels[(y * size + x) * 3] ?? 0;
      total += value;
      squared += value * (x - 20) ** 2;
    }
  }
  expect(total).toBeCloseTo(1, 5);
  return squared / total;
}

describe('blur', () => {
  for (const { sigma, output } of oracle.cases) {
    it(`equals PIL at ${String(sigma)} but for PIL's rounding between passes`, () => {
      const pixels = Float32Array.from(oracle.image, (value) => value / 255);
      pilBlur(pixels, oracle.width, sigma);
      const worst = output.reduce((most, value, i) => Math.max(most, Math.abs(value - (pixels[i] ?? NaN) * 255)), 0);
      expect(worst).toBeLessThan(3);
      const mean =
        output.reduce((sum, value, i) => sum + Math.abs(value - (pixels[i] ?? NaN) * 255), 0) / output.length;
      expect(mean).toBeLessThan(1);
    });
  }

  it('trap 23: the argument is the standard deviation, for both kinds', () => {
    for (const sigma of [0.5, 1, 2]) {
      expect(
        spread((pixels, width) => {
          pilBlur(pixels, width, sigma);
        }),
      ).toBeCloseTo(sigma ** 2, 3);
      if (sigma < 1) continue; // a Gaussian sampled at whole pixels is narrower than its continuous one
      expect(
        spread((pixels, width) => {
          gaussianBlur(pixels, width, 23, sigma);
        }) /
          sigma ** 2,
      ).toBeCloseTo(1, 2);
    }
    expect(boxRadius(0.1)).toBeGreaterThan(0);
  });
});

likeTorchvision('gaussianBlur', (pixels, number, { width }) => {
  gaussianBlur(pixels, width, number('kernelSize'), number('sigma'));
});
likeTensorFlow('gaussianBlur', (pixels, [kernelSize = NaN, sigma = NaN], width) => {
  gaussianBlur(pixels, width, kernelSize, sigma, 'zero');
});
likePil('pilBlur', ({ ops, pixels, width, number }) => {
  ops.pilBlur(pixels, width, number('sigma'));
});
likePil(
  'gaussianBlur',
  ({ ops, pixels, width, number }) => {
    ops.gaussianBlur(pixels, width, number('kernelSize'), number('sigma'), 'reflect');
  },
  (got, want) => {
    // torchvision convolves in two dimensions at once: a sum next to a half may round the other way.
    expect(got.length).toBe(want.length);
    const off = want.map((value, i) => Math.abs(value - (got[i] ?? NaN)));
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
    expect(off.filter((value) => value > 0).length).toBeLessThan(want.length / 500 + 1);
  },
);

likeTypeScript('pilBlur', (random) => {
  const sigma = random.uniform(0.05, 4);
  return (ops, pixels, width) => {
    ops.pilBlur(pixels, width, sigma);
  };
});
likeTypeScript(
  'pilBlur, wide',
  (random) => {
    const sigma = random.uniform(5, 90);
    return (ops, pixels, width) => {
      ops.pilBlur(pixels, width, sigma);
    };
  },
  1e-5,
);
likeTypeScript('gaussianBlur', (random) => {
  const size = 2 * random.integer(13) + 1;
  const sigma = random.uniform(0.1, 4);
  const border = random.bernoulli(0.5) ? 'zero' : 'reflect';
  return (ops, pixels, width) => {
    ops.gaussianBlur(pixels, width, size, sigma, border);
  };
});
