import { isTesseraError, TesseraError } from '@tessera/core';
import { expect, it, test } from 'vitest';
import { open, shapes } from '../testdata/loaders.ts';
import { batchArrays, batchBytes, dropRows } from './batch-buffer.ts';
import type { Batch, Loader } from './contract.ts';

interface Copied {
  readonly ids: number[];
  readonly groups: { readonly pixels: number[]; readonly parameters: number[] | undefined }[];
}

function copied({ sampleIds, groups }: Batch): Copied {
  return {
    ids: [...sampleIds],
    groups: groups.map(({ pixels, parameters }) => ({
      pixels: [...pixels],
      parameters: parameters && [...parameters],
    })),
  };
}

async function epoch(loader: Loader): Promise<Copied[]> {
  const batches: Copied[] = [];
  for await (const batch of loader.epoch(0)) {
    batches.push(copied(batch));
    batch.release();
  }
  return batches;
}

test.each(['float32', 'uint8'])(
  '%s crops and parameters add up to the views of the host, row by row',
  async (pixels) => {
    const dataset = await shapes();
    const host = await epoch(await open({ dataset, options: { pixels }, workers: 0 }));
    const device = await epoch(await open({ dataset, options: { pixels }, workers: 0, augmentOn: 'device' }));
    expect(device.map(({ ids }) => ids)).toEqual(host.map(({ ids }) => ids));
    host.forEach((batch, b) => {
      batch.groups.forEach((group, g) => {
        const other = device[b]?.groups[g];
        expect(group.parameters).toBeUndefined();
        expect(other?.pixels.length).toBe(group.pixels.length);
        const views = (other?.parameters?.length ?? NaN) / 3;
        const length = group.pixels.length / views;
        for (let view = 0; view < views; view++) {
          const [draw = NaN, ofBatch = NaN, position] = other?.parameters?.slice(view * 3) ?? [];
          const sum = (other?.pixels[view * length] ?? NaN) + draw + ofBatch;
          const expected = group.pixels[view * length] ?? NaN;
          if (pixels === 'float32') expect(sum).toBeCloseTo(expected, 3);
          else expect(Math.floor(sum + 1e-4) % 256).toBe(expected);
          expect(position, 'crop-major').toBe(Math.floor(view / batch.ids.length));
        }
      });
    });
  },
);

it('gives the same crops and parameters whatever the number of workers', async () => {
  const dataset = await shapes();
  const options = { pixels: 'uint8' };
  const [none, two] = await Promise.all(
    [0, 2].map(async (workers) => epoch(await open({ dataset, options, workers, augmentOn: 'device' }))),
  );
  expect(two).toEqual(none);
});

test.each([0, 1])('an augmenter without a device half is an error with a code (%i workers)', async (workers) => {
  const failed = await open({ dataset: await shapes(), augmenter: 'first-pixel', workers, augmentOn: 'device' }).catch(
    (error: unknown) => error,
  );
  expect(failed).toBeInstanceOf(TesseraError);
  expect(isTesseraError(failed) && failed.code).toBe('E_AUGMENTER_HOST_ONLY');
});

it('floats that follow bytes start at a multiple of four, and left-out rows leave both', () => {
  const planes = [
    { count: 2, length: 3, type: 'uint8' },
    { count: 2, length: 2, type: 'float32' },
  ] as const;
  expect(batchBytes(planes, 3)).toBe(20 + 48);
  const arrays = batchArrays(new ArrayBuffer(batchBytes(planes, 3)), planes, 3);
  arrays.forEach((array, plane) => {
    array.forEach((_, i) => (array[i] = Math.floor(i / (planes[plane]?.length ?? 1))));
  });
  expect(dropRows(arrays, planes, 3, new Set([1]))).toEqual([0, 2]);
  expect([...(arrays[0] ?? [])].slice(0, 12)).toEqual([0, 0, 0, 2, 2, 2, 3, 3, 3, 5, 5, 5]);
  expect([...(arrays[1] ?? [])].slice(0, 8)).toEqual([0, 0, 2, 2, 3, 3, 5, 5]);
});
