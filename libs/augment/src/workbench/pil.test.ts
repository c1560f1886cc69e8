/** Whole views of bytes, against torchvision's transforms on PIL images: testdata/make_pil_ops.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { simclrView } from '../augmenters/simclr-view.ts';
import { applyView } from '../pipeline/view-recipe.ts';
import type { Interpolation } from '../resample/resample-weights.ts';
import { BENCHES, bytes, pilImage } from '../testdata/like-pil.ts';

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

const { views } = JSON.parse(readFileSync(new URL('../testdata/pil_ops.json', import.meta.url), 'utf8')) as {
  readonly views: readonly View[];
};

const SIZE = 24;

describe.each(BENCHES)("PIL's bytes: %s", (_name, open) => {
  it.each(views.map((view, i) => [i, view] as const))(
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
      const bench = open(pilImage(view.image), { type: 'uint8', width: SIZE, height: SIZE });
      const canvas = bench.canvas(SIZE * SIZE * 3);
      const [top, left, height, width] = view.box;
      const ops = [view.flip || null, view.jitter, view.gray || null, view.sigma];
      applyView(bench.source, { crop: { top, left, height, width }, ops }, recipe, canvas);
      expect(canvas.pixels).toEqual(bytes(view.output));
    },
  );
});
