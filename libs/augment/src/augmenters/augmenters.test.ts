import { fold, rootKey, stream, type Augmenter, type RgbImage, type Views } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { resizedCropBytes } from '../resample/resized-crop-bytes.ts';
import { brightness } from '../ops/brightness/floats.ts';
import { gaussianBlur, simclrKernelSize } from '../ops/gaussian-blur/gaussian-floats.ts';
import { grayscale } from '../ops/grayscale/floats.ts';
import { horizontalFlip } from '../ops/horizontal-flip/flip.ts';
import { hue } from '../ops/hue/floats.ts';
import { resizedCrop } from '../resample/resized-crop.ts';
import { plainAugmenter } from './plain.ts';
import { simclrAugmenter } from './simclr.ts';
import { swavAugmenter } from './swav.ts';

function noise(width: number, height: number): RgbImage {
  const random = stream(rootKey(1));
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)) };
}

const image = noise(40, 30);
const batchKey = fold(rootKey(0), 'batch');

function viewsOf(augmenter: Augmenter, key = rootKey(5), source = image): Views {
  const plan = augmenter.sample(key, batchKey, source.width, source.height);
  return augmenter.apply(source, JSON.parse(JSON.stringify(plan)) as typeof plan);
}

const cifar = { size: 32, cropScale: [0.2, 1], strength: 0.5, blur: 'none' } as const;

describe('simclr', () => {
  it('trap 28: has the ImageNet defaults, and no extra ops', () => {
    expect(simclrAugmenter.parse({})).toEqual({
      size: 224,
      views: 2,
      cropScale: [0.08, 1],
      cropRatio: [3 / 4, 4 / 3],
      interpolation: 'bicubic',
      flipProbability: 0.5,
      strength: 1,
      jitter: 'torchvision',
      jitterProbability: 0.8,
      grayscaleProbability: 0.2,
      blur: 'pil',
      blurProbability: 0.5,
      blurSigma: [0.1, 2],
      solarizeProbability: 0,
      pixels: 'float32',
    });
  });

  it('is deterministic in the key, also into a buffer that is not clean', () => {
    for (const pixels of ['float32', 'uint8']) {
      const augmenter = simclrAugmenter.build({ ...cifar, pixels, blur: 'pil' }, {});
      const views = viewsOf(augmenter);
      expect(views[0]).toHaveLength(2 * 32 * 32 * 3);
      expect(viewsOf(augmenter)).toEqual(views);
      expect(viewsOf(augmenter, rootKey(6))).not.toEqual(views);
      const out = views.map((array) => array.slice().fill(77));
      augmenter.apply(image, augmenter.sample(rootKey(5), batchKey, 40, 30), out);
      expect(out).toEqual(views);
    }
  });

  it('trap 30: views are drawn independently, and one more view changes no other', () => {
    const two = viewsOf(simclrAugmenter.build(cifar, {}))[0];
    const three = viewsOf(simclrAugmenter.build({ ...cifar, views: 3 }, {}))[0];
    const length = 32 * 32 * 3;
    expect(two?.slice(0, length)).not.toEqual(two?.slice(length));
    expect(three?.slice(0, 2 * length)).toEqual(two);
  });

  it('trap 24: crop, flip, jitter, gray, blur; brightness multiplies; clamped between ops', () => {
    const augmenter = simclrAugmenter.build({ size: 2, views: 1, cropScale: [1, 1], blur: 'gaussian-reflect' }, {});
    const source: RgbImage = {
      width: 2,
      height: 2,
      data: Uint8Array.of(51, 51, 51, 204, 204, 204, 51, 51, 51, 204, 204, 204),
    };
    const apply = (jitter: readonly (readonly [string, number])[], flip = false): number[] =>
      [
        ...(augmenter.apply(source, [
          [{ crop: { top: 0, left: 0, height: 2, width: 2 }, ops: [flip || null, jitter, null, null] }],
        ])[0] ?? []),
      ].filter((_, i) => i === 0 || i === 3);
    // The gray weights of torchvision sum to 0.9999.
    const close = (got: number[], want: number[]): void => {
      got.forEach((value, i) => {
        expect(value).toBeCloseTo(want[i] ?? NaN, 4);
      });
    };
    close(apply([]), [0.2, 0.8]);
    close(apply([], true), [0.8, 0.2]);
    close(apply([['brightness', 1.5]]), [0.3, 1]);
    // 1.5 then 0.5: 0.8 was clamped to 1 in between; the other way round nothing is.
    close(
      apply([
        ['brightness', 1.5],
        ['brightness', 0.5],
      ]),
      [0.15, 0.5],
    );
    close(
      apply([
        ['brightness', 0.5],
        ['brightness', 1.5],
      ]),
      [0.15, 0.6],
    );
    // Contrast first uses the mean of what it is given, 0.5; after brightness, 0.25.
    close(
      apply([
        ['contrast', 0.5],
        ['brightness', 0.5],
      ]),
      [0.175, 0.325],
    );
    close(
      apply([
        ['brightness', 0.5],
        ['contrast', 0.5],
      ]),
      [0.175, 0.325],
    );
    close(
      apply([
        ['brightness', 1.5],
        ['contrast', 0.5],
      ]),
      [0.475, 0.825],
    );
    close(
      apply([
        ['contrast', 0.5],
        ['brightness', 1.5],
      ]),
      [0.525, 0.975],
    );
  });

  it('trap 24: the order is flip, jitter, gray, blur, and another order gives another picture', () => {
    const size = 40;
    const source = noise(size, size);
    const augmenter = simclrAugmenter.build({ size, views: 1, cropScale: [1, 1], blur: 'gaussian-reflect' }, {});
    const jitter: readonly (readonly [string, number])[] = [
      ['brightness', 1.5],
      ['hue', 0.1],
    ];
    const crop = { top: 0, left: 0, height: size, width: size };
    const [got = []] = augmenter.apply(source, [[{ crop, ops: [true, jitter, true, 1] }]]);
    const ops = {
      flip: (pixels: Float32Array) => {
        horizontalFlip(pixels, size);
      },
      jitter: (pixels: Float32Array) => {
        brightness(pixels, 1.5);
        hue(pixels, 0.1);
      },
      gray: grayscale,
      blur: (pixels: Float32Array) => {
        gaussianBlur(pixels, size, simclrKernelSize(size), 1);
      },
    };
    const errorOf = (order: readonly (keyof typeof ops)[]): number => {
      const pixels = Float32Array.from(source.data, (value) => value / 255);
      for (const op of order) ops[op](pixels);
      return pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] ?? NaN))), 0);
    };
    expect(errorOf(['flip', 'jitter', 'gray', 'blur'])).toBeLessThan(1e-5);
    expect(errorOf(['flip', 'gray', 'jitter', 'blur'])).toBeGreaterThan(0.02);
    expect(errorOf(['blur', 'flip', 'jitter', 'gray'])).toBeGreaterThan(0.02);
  });

  it("computes uint8 in PIL's bytes: near the floats, which are not rounded between ops", () => {
    const float = viewsOf(simclrAugmenter.build(cifar, {}))[0] ?? [];
    const bytes = viewsOf(simclrAugmenter.build({ ...cifar, pixels: 'uint8' }, {}))[0];
    expect(bytes).toBeInstanceOf(Uint8Array);
    const off = Array.from(float, (value, i) => Math.abs(Math.min(1, Math.max(0, value)) * 255 - (bytes?.[i] ?? NaN)));
    expect(off.reduce((a, b) => a + b, 0) / off.length).toBeLessThan(3); // PIL's hue has 256 steps
    expect(Math.max(...off)).toBeLessThan(20);
  });

  it('refuses what makes no sense', () => {
    expect(() => simclrAugmenter.build({ cropScale: [0.5, 0.1] }, {})).toThrow(/low <= high/);
    expect(() => simclrAugmenter.build({ strenght: 1 }, {})).toThrow(/did you mean 'strength'/);
    expect(() => simclrAugmenter.build({ blurSigma: [0, 2] }, {})).toThrow(/blurSigma/);
  });
});

describe('swav', () => {
  it('makes 2 x 224 + 6 x 96 by default', () => {
    const augmenter = swavAugmenter.build({}, {});
    expect(augmenter.views).toEqual([
      { count: 2, size: 224, channels: 3 },
      { count: 6, size: 96, channels: 3 },
    ]);
    expect(viewsOf(augmenter).map(({ length }) => length)).toEqual([2 * 224 * 224 * 3, 6 * 96 * 96 * 3]);
  });

  it('draws small crops from small boxes', () => {
    const augmenter = swavAugmenter.build(
      {
        crops: [
          { count: 1, size: 8, scale: [0.14, 1] },
          { count: 2, size: 4, scale: [0.05, 0.14] },
        ],
      },
      {},
    );
    const plan = augmenter.sample(rootKey(0), batchKey, 100, 100) as readonly (readonly {
      readonly crop: { readonly width: number; readonly height: number };
    }[])[];
    expect(plan.map((views) => views.length)).toEqual([1, 2]);
    for (const { crop } of plan[1] ?? []) expect(crop.width * crop.height).toBeLessThan(1500);
  });
});

describe('plain', () => {
  it('leaves images of the size as they are', () => {
    const source = noise(8, 8);
    const [float] = viewsOf(plainAugmenter.build({ size: 8 }, {}), rootKey(0), source);
    expect(float).toEqual(Float32Array.from(source.data, (value) => value / 255));
    const [bytes] = viewsOf(plainAugmenter.build({ size: 8, pixels: 'uint8' }, {}), rootKey(0), source);
    expect(bytes).toEqual(source.data);
  });

  it('resizes the short side and cuts the centre', () => {
    const wide: RgbImage = {
      width: 8,
      height: 4,
      data: Uint8Array.from({ length: 96 }, (_, i) => Math.floor((i % 24) / 3) * 10),
    };
    const [view] = viewsOf(plainAugmenter.build({ size: 4, pixels: 'uint8' }, {}), rootKey(0), wide);
    expect([...(view ?? [])].filter((_, i) => i % 3 === 0).slice(0, 4)).toEqual([20, 30, 40, 50]);
    const [larger] = viewsOf(plainAugmenter.build({ size: 6, resize: 8 }, {}), rootKey(0), wide);
    expect(larger).toHaveLength(6 * 6 * 3);
    expect(() => plainAugmenter.build({ size: 8, resize: 4 }, {})).toThrow(/resize/);
  });

  it.each([
    { width: 3, height: 61, wide: 7, high: 142, left: 1, top: 68 },
    { width: 61, height: 3, wide: 142, high: 7, left: 68, top: 1 },
    { width: 2, height: 250, wide: 7, high: 875, left: 1, top: 435 },
  ])('computes of $width x $height pixels only the centre, and that the same', ({ width, height, ...place }) => {
    const { wide, high, left, top } = place;
    const strip = noise(width, height);
    const whole = { top: 0, left: 0, width, height };
    const floats = new Float32Array(high * wide * 3);
    const bytes = new Uint8Array(high * wide * 3);
    resizedCrop(strip, whole, high, wide, 'bilinear', floats);
    resizedCropBytes(strip, whole, high, wide, 'bilinear', bytes);
    for (const resized of [floats, bytes]) {
      const pixels = resized === bytes ? 'uint8' : 'float32';
      const [view] = viewsOf(plainAugmenter.build({ size: 5, resize: 7, pixels }, {}), rootKey(0), strip);
      const centre = Array.from({ length: 5 }, (_, y) => {
        const from = ((top + y) * wide + left) * 3;
        return [...resized.subarray(from, from + 15)];
      });
      expect([...(view ?? [])]).toEqual(centre.flat());
    }
  });

  it('takes strips whose resized image would fill the memory', () => {
    for (const [width, height] of [
      [1, 20_000],
      [20_000, 1],
    ] as const) {
      const [view] = viewsOf(plainAugmenter.build({ size: 224 }, {}), rootKey(0), noise(width, height));
      expect(view).toHaveLength(224 * 224 * 3);
    }
  });

  // torchvision's CenterCrop of a 4-pixel square: int(round(difference / 2)), where Python rounds halves to even.
  it.each([
    [5, 0],
    [6, 1],
    [7, 2],
    [9, 2],
    [11, 4],
    [13, 4],
  ])('cuts the centre of %i pixels from %i on', (width, left) => {
    const source: RgbImage = {
      width,
      height: 4,
      data: Uint8Array.from({ length: width * 12 }, (_, i) => Math.floor(i / 3) % width),
    };
    const [view] = viewsOf(plainAugmenter.build({ size: 4, pixels: 'uint8' }, {}), rootKey(0), source);
    expect([...(view ?? [])].filter((_, i) => i % 3 === 0).slice(0, 4)).toEqual([left, left + 1, left + 2, left + 3]);
  });
});
