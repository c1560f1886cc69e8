import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BENCHES, likePil } from '../../testdata/like-pil.ts';
import { likeTensorFlow } from '../../testdata/like-tensorflow.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { hue } from './floats.ts';

likeTorchvision(
  'hue',
  (pixels, number) => {
    hue(pixels, number('factor'));
  },
  1e-3,
);
// TensorFlow's hue rounds through its own HSV.
likeTensorFlow(
  'hue',
  (pixels, [turns = NaN]) => {
    hue(pixels, turns);
  },
  { tolerance: 1e-3 },
);
likePil('hue', ({ ops, pixels, number }) => {
  ops.hue(pixels, number('turns'));
});
likeTypeScript('hue', (random) => {
  const turns = random.uniform(-0.5, 0.5);
  return (ops, pixels) => {
    ops.hue(pixels, turns);
  };
});

const { colours } = JSON.parse(readFileSync(new URL('../../testdata/pil_ops.json', import.meta.url), 'utf8')) as {
  readonly colours: readonly { readonly turns: number; readonly sha256: string }[];
};

describe.each(BENCHES)("PIL's bytes: %s", (_name, open) => {
  it.each(colours.map(({ turns, sha256 }) => [turns, sha256] as const))(
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
        const bench = open({ width: 1, height: 1, data: new Uint8Array(3) }, { type: 'uint8', width, height: side });
        const view = bench.canvas(strip.length);
        if (view.type !== 'uint8') throw new Error('expected bytes');
        view.pixels.set(strip);
        view.ops.hue(view.pixels, turns);
        hash.update(view.pixels);
      }
      expect(hash.digest('hex')).toBe(sha256);
    },
  );
});
