import { fold, rootKey, stream, type Augmenter, type RgbImage } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pipelineAugmenter } from '../augmenters/pipeline.ts';
import { simclrAugmenter } from '../augmenters/simclr.ts';
import { viewOps } from '../ops/view-ops.ts';
import { defineViewOp } from './define-view-op.ts';
import { definePipelineAugmenter } from './pipeline-augmenter.ts';
import { pixelOp, type ViewOp } from './view-op.ts';
import type { ViewPlan } from './view-recipe.ts';

const random = stream(rootKey(3));
const image: RgbImage = {
  width: 20,
  height: 20,
  data: Uint8Array.from({ length: 1200 }, () => random.integer(256)),
};
const key = rootKey(5);
const batchKey = fold(rootKey(0), 'batch');
const views = (augmenter: Augmenter, of = key): Float32Array => {
  const plan = augmenter.sample(of, batchKey, 20, 20);
  return augmenter.apply(image, JSON.parse(JSON.stringify(plan)) as typeof plan)[0] as Float32Array;
};
const build = (...list: readonly object[]): Augmenter => pipelineAugmenter.build({ views: list }, {});
const whole = { size: 20, crop: null };
const plain = views(build(whole));

describe('pipeline', () => {
  it('is the whole image where there is no crop and no op', () => {
    const data = [...image.data];
    expect(Math.max(...data.map((value, i) => Math.abs(value / 255 - (plain[i] ?? NaN))))).toBeLessThan(1e-6);
  });

  it('spells out the simclr augmenter: same draws, same pixels', () => {
    const options = { size: 16, views: 2, strength: 0.5, blur: 'gaussian-zero', jitter: 'google-v1' } as const;
    const spelled = build({
      count: 2,
      size: 16,
      ops: [
        { name: 'horizontal-flip', probability: 0.5 },
        { name: 'colour-jitter', probability: 0.8, strength: 0.5, kind: 'google-v1' },
        { name: 'grayscale', probability: 0.2 },
        { name: 'gaussian-blur', probability: 0.5, kind: 'gaussian-zero' },
      ],
    });
    expect(views(spelled)).toEqual(views(simclrAugmenter.build(options, {})));
  });

  it('transforms one view only, and keeps views of one size in one group (the asymmetric study)', () => {
    const augmenter = build(whole, { ...whole, ops: [{ name: 'sobel' }] });
    expect(augmenter.views).toEqual([{ count: 2, size: 20, channels: 3 }]);
    const both = views(augmenter);
    expect(both.slice(0, 1200)).toEqual(plain);
    expect(both.slice(1200)).not.toEqual(plain);
    expect(build(whole, { ...whole, size: 8 }).views.map(({ size }) => size)).toEqual([20, 8]);
  });

  it.each(viewOps.map(({ name }) => [name]))(
    '%s: with probability 1 changes pixels in [0, 1], with 0 nothing',
    (name) => {
      const changed = views(build({ ...whole, ops: [{ name }] }));
      expect(changed).not.toEqual(plain);
      for (const value of changed) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-6);
      }
      expect(views(build({ ...whole, ops: [{ name }] }))).toEqual(changed);
      expect(views(build({ ...whole, ops: [{ name, probability: 0 }] }))).toEqual(plain);
    },
  );

  it('applies ops in the order of the list', () => {
    const ops = [{ name: 'solarize' }, { name: 'gaussian-blur', sigma: [1, 1] }];
    expect(views(build({ ...whole, ops }))).not.toEqual(views(build({ ...whole, ops: ops.toReversed() })));
  });

  it('draws the rotation from all turns', () => {
    const augmenter = build({ ...whole, ops: [{ name: 'rotate' }] });
    const turns = Array.from({ length: 300 }, (_, i) => {
      const plan = augmenter.sample(fold(key, i), batchKey, 20, 20) as readonly (readonly ViewPlan[])[];
      return plan[0]?.[0]?.ops[0];
    });
    for (const degrees of [90, 180, 270]) expect(turns.filter((turn) => turn === degrees).length).toBeGreaterThan(70);
  });

  it('cuts a square out of the image, also over its border', () => {
    const augmenter = build({ ...whole, ops: [{ name: 'cutout', side: 0.5, fill: 0 }] });
    const counts = Array.from(
      { length: 200 },
      (_, i) => views(augmenter, fold(key, i)).filter((v) => v === 0).length / 3,
    );
    expect(Math.max(...counts)).toBeLessThanOrEqual(104); // 10 x 10, and a few dark pixels
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(100);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(25);
    expect(Math.min(...counts)).toBeLessThan(60);
  });

  it("gaussian-zero: one sigma a batch and view, google's; other kinds draw one an image", () => {
    const sigmas = (kind: string): Set<unknown> => {
      const augmenter = build({ ...whole, ops: [{ name: 'gaussian-blur', kind }] });
      const plans = Array.from({ length: 8 }, (_, i) => augmenter.sample(fold(key, i), batchKey, 20, 20));
      return new Set(plans.map((plan) => (plan as readonly (readonly ViewPlan[])[])[0]?.[0]?.ops[0]));
    };
    expect(sigmas('gaussian-zero').size).toBe(1);
    expect(sigmas('gaussian-reflect').size).toBe(8);
  });

  it('noise has the standard deviation that was drawn', () => {
    const gray: RgbImage = { width: 20, height: 20, data: new Uint8Array(1200).fill(128) };
    const augmenter = build({ ...whole, ops: [{ name: 'gaussian-noise', std: [0.1, 0.1] }] });
    const [noisy = []] = augmenter.apply(gray, augmenter.sample(key, batchKey, 20, 20));
    const off = Array.from(noisy, (value) => value - 128 / 255);
    const mean = off.reduce((a, b) => a + b, 0) / off.length;
    const std = Math.sqrt(off.reduce((a, b) => a + (b - mean) ** 2, 0) / off.length);
    expect(Math.abs(mean)).toBeLessThan(0.012); // four standard errors
    expect(Math.abs(std - 0.1)).toBeLessThan(0.009);
  });

  it('takes an op from another package', () => {
    const invert = defineViewOp({
      name: 'invert',
      options: z.strictObject({ from: z.number().default(1) }),
      create: ({ from }) => ({
        sample: () => true,
        apply: (pixels) => {
          pixels.forEach((value, i) => (pixels[i] = from - value));
        },
      }),
    });
    const augmenter = definePipelineAugmenter('mine', [...viewOps, invert]).build(
      { views: [{ ...whole, ops: [{ name: 'invert' }] }] },
      {},
    );
    expect(views(augmenter)).toEqual(plain.map((value) => 1 - value));
    const taken = {
      name: 'x',
      options: z.strictObject({ probability: z.number() }),
      create: () => invert.build({ name: 'invert' }),
    };
    expect(() => defineViewOp(taken)).toThrow(/every view op has already/);
  });

  it('an op gets what its schema makes of its options, once, and its schema checks them together', () => {
    const given: unknown[] = [];
    const options = z
      .strictObject({ from: z.number().transform((value) => value / 2), to: z.number().default(8) })
      .refine(({ from, to }) => from <= to, 'expected from <= to');
    const op = defineViewOp({
      name: 'halved',
      options,
      create: (parsed) => {
        given.push(parsed);
        return { sample: () => null, apply: () => undefined };
      },
    });
    const augmenter = definePipelineAugmenter('mine', [op]);
    const listed = (from: number) => ({ views: [{ ...whole, ops: [{ name: 'halved', from }] }] });
    const resolved = augmenter.parse(listed(8));
    expect(resolved).toMatchObject(listed(8));
    augmenter.build(resolved, {});
    expect(given).toEqual([{ from: 4, to: 8 }]);
    expect(() => augmenter.parse(listed(20))).toThrow(/ops\.0.*expected from <= to/);
  });

  it('bytes: an op gets them where it takes them, else floats that are rounded once; and our ops with them', () => {
    const options = z.strictObject({});
    const halve: ViewOp<true> = {
      sample: () => true,
      apply: (pixels) => {
        for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i] ?? NaN) / 2;
      },
    };
    const onBytes = (pixels: Uint8Array): void => {
      for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i] ?? NaN) >> 1;
    };
    const mine = definePipelineAugmenter('mine', [
      defineViewOp({ name: 'floats', options, create: () => halve }),
      defineViewOp({ name: 'bytes', options, create: () => ({ ...halve, applyBytes: onBytes }) }),
      defineViewOp({
        name: 'ours',
        options,
        create: () =>
          pixelOp<true>({
            sample: () => true,
            apply: (pixels, _size, _drawn, ops) => {
              ops.brightness(pixels, 0.5);
            },
          }),
      }),
    ]);
    const run = (name: string): readonly number[] => {
      const augmenter = mine.build({ pixels: 'uint8', views: [{ ...whole, ops: [{ name }] }] }, {});
      return [...(augmenter.apply(image, augmenter.sample(key, batchKey, 20, 20))[0] ?? [])];
    };
    const data = [...image.data];
    expect(run('floats')).toEqual(data.map((value) => Math.round(value / 2)));
    expect(run('bytes')).toEqual(data.map((value) => value >> 1));
    expect(run('ours')).toEqual(data.map((value) => value >> 1)); // PIL truncates
  });

  it('refuses what makes no sense, naming it', () => {
    expect(() => build({ ...whole, ops: [{ name: 'sobell' }] })).toThrow(/ops\[0\]|ops\.0/);
    expect(() => build({ ...whole, ops: [{ name: 'rotate', degrees: [45] }] })).toThrow(/degrees/);
    expect(() => build({ ...whole, ops: [{ name: 'cutout', sid: 1 }] })).toThrow(/sid/);
    expect(() => build()).toThrow(/views/);
  });
});
