import { fold, rootKey, stream, type Augmenter, type RgbImage, type Views } from '@tessera/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pipelineAugmenter } from '../augmenters/pipeline.ts';
import { plainAugmenter } from '../augmenters/plain.ts';
import { swavAugmenter } from '../augmenters/swav.ts';
import { viewOps } from '../ops/view-ops.ts';
import { openBench } from './workbench.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

function picture(width: number, height: number): RgbImage {
  const random = stream(fold(rootKey(3), width, height));
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)) };
}

const SIZES = [
  [40, 30],
  [1, 1],
  [1, 90],
  [130, 2],
  [500, 375],
  [17, 17],
] as const;

function viewsOf(augmenter: Augmenter): readonly Views[] {
  return SIZES.flatMap(([width, height]) =>
    [0, 1, 2].map((sample) => {
      const plan = augmenter.sample(fold(rootKey(5), sample), rootKey(6), width, height);
      return augmenter.apply(picture(width, height), plan).map((pixels) => pixels.slice());
    }),
  );
}

const crops = [
  { count: 2, size: 33, scale: [0.14, 1] },
  { count: 3, size: 12, scale: [0.05, 0.14] },
];
const everyOp = [{ size: 24, ops: viewOps.map(({ name }) => ({ name, probability: 0.5 })) }];

describe('without WebAssembly', () => {
  it.each(['uint8', 'float32'])('views are the same: %s', async (pixels) => {
    const options = [
      [swavAugmenter, { crops, pixels, blur: 'pil' }],
      [swavAugmenter, { crops, pixels, blur: 'gaussian-zero', jitter: 'google-v2', interpolation: 'bicubic' }],
      [pipelineAugmenter, { views: everyOp, pixels }],
      [plainAugmenter, { size: 20, resize: 26, pixels }],
    ] as const;
    const fast = options.map(([{ name }, given]) => [name, given] as const);
    const want = options.map(([augmenter, given]) => viewsOf(augmenter.build(given, {})));

    vi.resetModules();
    vi.stubGlobal('WebAssembly', undefined);
    const other = await import('../index.ts');
    const bench = other.openBench(picture(4, 4), { type: 'uint8', width: 4, height: 4 });
    expect(bench.source.data).toHaveLength(48);
    expect(bench.canvas(48).ops).toBe(other.byteOps);
    const slow = [other.swavAugmenter, other.swavAugmenter, other.pipelineAugmenter, other.plainAugmenter];
    fast.forEach(([name, given], i) => {
      const got = viewsOf(slow[i]?.build(given, {}) as Augmenter);
      let worst = 0;
      got.forEach((views, image) => {
        views.forEach((view, group) => {
          view.forEach((value: number, at: number) => {
            const off = Math.abs(value - (want[i]?.[image]?.[group]?.[at] ?? NaN));
            if (!(off <= worst)) worst = off;
          });
        });
      });
      // Floats: a value next to the solarize threshold may fall on its other side; nothing else grows what single ops differ by.
      expect(worst, `${name} ${JSON.stringify(given)}`).toBeLessThanOrEqual(pixels === 'uint8' ? 0 : 2e-4);
    });
  });
});

describe('openBench', () => {
  it('keeps the image as it is, and gives canvases in the memory of the ops', () => {
    const image = picture(19, 7);
    const before = image.data.slice();
    const bench = openBench(image, { type: 'float32', width: 8, height: 8 });
    expect(bench.source.data).toEqual(before);
    const canvas = bench.canvas(192);
    expect(canvas.pixels.buffer).toBe(bench.source.data.buffer);
    canvas.pixels.fill(0.5);
    expect(image.data).toEqual(before);
    expect(bench.source.data).toEqual(before);
  });

  it('takes no more memory for the thousandth image than for the first of its size', () => {
    const image = picture(300, 200);
    const bytes = (): number =>
      openBench(image, { type: 'uint8', width: 64, height: 64 }).source.data.buffer.byteLength;
    const first = bytes();
    for (let i = 0; i < 1000; i++) bytes();
    expect(bytes()).toBe(first);
  });
});
