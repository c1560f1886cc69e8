import { fold, rootKey, stream } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { likePil } from '../testdata/like-pil.ts';
import { likeTensorFlow } from '../testdata/like-tensorflow.ts';
import { likeTorchvision, oracleImage } from '../testdata/like-torchvision.ts';
import { benchDifference, roughPicture, sideOf } from '../testdata/like-typescript.ts';
import type { Interpolation } from './resample-weights.ts';
import { resizedCrop, type CropBox } from './resized-crop.ts';

/** A part of the oracles' image. */
function resized(
  data: Float32Array,
  box: CropBox,
  outHeight: number,
  outWidth: number,
  interpolation: Interpolation,
): Float32Array {
  const out = new Float32Array(outHeight * outWidth * 3);
  const source = { width: oracleImage[0]?.length ?? 0, height: oracleImage.length, data };
  resizedCrop(source, box, outHeight, outWidth, interpolation, out);
  return out;
}

likeTorchvision('resizedCrop', (pixels, number, _side, params) => {
  const box = { top: number('top'), left: number('left'), height: number('height'), width: number('width') };
  const interpolation = params['interpolation'] as Interpolation;
  return resized(pixels, box, number('outHeight'), number('outWidth'), interpolation);
});
likeTensorFlow('resizedCrop', (pixels, values) => {
  const [top = NaN, left = NaN, height = NaN, width = NaN, outHeight = NaN, outWidth = NaN] = values;
  return resized(pixels, { top, left, height, width }, outHeight, outWidth, 'bicubic-google');
});
likePil('resizedCrop', ({ ops, pixels, width, height, source, params, number }) => {
  const box = { top: number('top'), left: number('left'), height: number('height'), width: number('width') };
  ops.resizedCrop(source, box, height, width, params['interpolation'] as Interpolation, pixels);
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

describe('WebAssembly against TypeScript', () => {
  const random = stream(fold(rootKey(11), 'wasm', 'resizedCrop'));
  const side = (): number => sideOf(random);

  it.each(['bilinear', 'bicubic', 'bicubic-google'] as const)(
    'resizedCrop, %s: the same bytes; floats within 2e-6',
    (interpolation) => {
      for (let round = 0; round < 150; round++) {
        const image = roughPicture(random, side() + random.integer(40), side() + random.integer(40));
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
          const off = benchDifference(image, { type, width, height }, (ops, pixels, source) => {
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
      const image = roughPicture(random, width, height);
      const box = { top: 0, left: 0, width, height };
      for (const type of ['uint8', 'float32'] as const)
        expect(
          benchDifference(image, { type, width: 7, height: 9 }, (ops, pixels, source) => {
            ops.resizedCrop(source, box, 9, 7, 'bicubic', pixels);
          }),
        ).toBeLessThanOrEqual(type === 'uint8' ? 0 : 1e-5);
    }
  });
});
