import { fold, stream, type Augmenter, type ExtensionOf, type Json, type RgbImage, type Views } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import { describe, expect, test } from 'vitest';
import { expectSamePixels } from './device-half.ts';
import { testOptions, type BadOptions } from './expectations.ts';
import { key } from './fixtures.ts';

export interface AugmenterSpec {
  /** Options that have no default, or that make it small. */
  readonly options?: Json;
  readonly badOptions?: BadOptions;
  /** False for an augmenter without randomness. */
  readonly random?: boolean;
}

const SIZES = [
  [40, 30],
  [30, 40],
  [1, 1],
  [3, 200],
  [17, 17],
] as const;

function noise(width: number, height: number): RgbImage {
  const random = stream(fold(key, 'image', width, height));
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)) };
}

/**
 * Tests of an augmenter: views as announced, finite and in range for images of any size, plans that are JSON, the same key the same
 * pixels whatever came before, the same from its device half, buffers filled completely, the image left as it was, bad options named.
 * Call it at the top of a test file.
 * @example testAugmenter(myAugmenter, { options: { size: 16 }, badOptions: { strength: -1 } });
 */
export function testAugmenter(extension: ExtensionOf<'augmenter'>, spec: AugmenterSpec = {}): void {
  const { options = {}, random = true } = spec;
  const build = (): Augmenter => extension.build(options, {});
  const batchKey = fold(key, 'batch');
  const viewsOf = (augmenter: Augmenter, image: RgbImage, sample: number, out?: Views): Views => {
    const plan = augmenter.sample(fold(key, 'sample', sample), batchKey, image.width, image.height);
    return augmenter.apply(image, JSON.parse(JSON.stringify(plan)) as typeof plan, out);
  };

  describe(`augmenter ${extension.name}`, () => {
    testOptions(extension, options, spec.badOptions);

    test.each(SIZES)('views of a %i x %i image are as announced, finite and in range', (width, height) => {
      const augmenter = build();
      const image = noise(width, height);
      for (let sample = 0; sample < 5; sample++) {
        const views = viewsOf(augmenter, image, sample);
        expect(
          views.map(({ length }) => length),
          'one array a group, count x size x size x channels',
        ).toEqual(augmenter.views.map(({ count, size, channels }) => count * size * size * channels));
        for (const pixels of views) {
          expect(pixels, 'as `pixelType` says').toBeInstanceOf(
            augmenter.pixelType === 'uint8' ? Uint8Array : Float32Array,
          );
          // Bicubic resizing overshoots a little.
          expect(
            pixels.every(
              (value) => Number.isFinite(value) && value > -0.5 && value <= (pixels instanceof Uint8Array ? 255 : 1.5),
            ),
            'float32 pixels are finite and about [0, 1]',
          ).toBe(true);
        }
      }
    });

    test('a plan is JSON', () => {
      const augmenter = build();
      const plan = augmenter.sample(fold(key, 'sample', 1), batchKey, 40, 30);
      expect(JSON.parse(JSON.stringify(plan)), 'a plan is plain JSON: no typed arrays, no undefined').toEqual(plan);
    });

    test('the same key gives the same pixels, whatever came before and whoever computes them', () => {
      const augmenter = build();
      const image = noise(40, 30);
      const first = viewsOf(augmenter, image, 1).map((pixels) => pixels.slice());
      viewsOf(augmenter, noise(17, 17), 2);
      const hint = 'draw from the keys only, never from Math.random, and keep nothing between images';
      expect(viewsOf(augmenter, image, 1), hint).toEqual(first);
      expect(viewsOf(build(), image, 1), hint).toEqual(first);
      if (random)
        expect(viewsOf(augmenter, image, 3), 'another key gives other pixels; else say `random: false`').not.toEqual(
          first,
        );
    });

    test('writes all of the buffers it is given, and leaves the image as it was', () => {
      const augmenter = build();
      const image = noise(40, 30);
      const before = image.data.slice();
      const views = viewsOf(augmenter, image, 1).map((pixels) => pixels.slice());
      const out = views.map((pixels) => pixels.slice().fill(77));
      expect(viewsOf(augmenter, image, 1, out), 'every value of `out` is written').toEqual(views);
      expect(out, '`out` itself is filled').toEqual(views);
      expect(image.data, "the image is the caller's").toEqual(before);
    });

    test('its device half, if it has one, gives the same pixels', async () => {
      const augmenter = build();
      const { device } = augmenter;
      if (!device || 'hostOnly' in device || augmenter.pixelType !== 'float32') return;
      await openEngine('cpu');
      await expectSamePixels(
        augmenter,
        device,
        SIZES.map(([width, height]) => noise(width, height)),
      );
    });
  });
}
