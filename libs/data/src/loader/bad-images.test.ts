import { join } from 'node:path';
import type { Dataset } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { classFolders, writeBroken } from '../testdata/images.ts';
import { collect, failureOf, folder, open } from '../testdata/loaders.ts';

/** As an evaluation reads images. */
const plain = {
  reader: 'folder',
  augmenter: 'first-pixel',
  onBadImage: 'drop',
  shuffle: false,
  dropLast: false,
  workers: 0,
} as const;

describe('bad images', () => {
  async function withBroken(good: number, broken: number): Promise<Dataset> {
    const path = await classFolders(good);
    for (let i = 0; i < broken; i++) await writeBroken(join(path, 'a', `broken${String(i)}.jpg`));
    return folder(path);
  }

  it('are replaced by the same draws whatever the worker count, and reported once', async () => {
    const dataset = await withBroken(20, 4);
    const runs = await Promise.all(
      [0, 1, 3].map(async (workers) => {
        const warnings: string[] = [];
        const loader = await open({
          dataset,
          reader: 'folder',
          workers,
          dropLast: false,
          warn: (code, _message, details) => warnings.push(`${code} ${JSON.stringify(details?.['path'])}`),
        });
        const batches = [await collect(loader, 0), await collect(loader, 1)];
        return { batches, warnings: warnings.toSorted() };
      }),
    );
    expect(runs[0]?.warnings).toHaveLength(4);
    expect(runs[0]?.warnings[0]).toMatch(/^W_BAD_IMAGE .*broken0.jpg/);
    for (const { ids } of runs[0]?.batches.flat() ?? [])
      for (const id of ids) expect(dataset.describe(id)).not.toContain('broken');
    for (const run of runs.slice(1)) expect(run).toEqual(runs[0]);
  });

  it('stop the run under `error`, by name', async () => {
    const loader = await open({
      dataset: await withBroken(20, 1),
      reader: 'folder',
      onBadImage: 'error',
      dropLast: false,
    });
    expect(await failureOf(loader)).toMatchObject({
      code: 'E_BAD_IMAGE',
      message: expect.stringContaining('broken0.jpg') as unknown,
    });
  });

  for (const [good, broken] of [
    [10, 14],
    [0, 16],
  ] as const) {
    it(`in the majority stop the run (${String(broken)} of ${String(good + broken)})`, async () => {
      const loader = await open({
        dataset: await withBroken(good, broken),
        reader: 'folder',
        workers: 2,
        dropLast: false,
      });
      expect(await failureOf(loader)).toMatchObject({ code: 'E_DATA_MOSTLY_BAD' });
    });
  }

  for (const workers of [0, 2]) {
    it(`are left out under \`drop\`, pixels, ids and labels alike (workers: ${String(workers)})`, async () => {
      const path = await classFolders(20);
      const clean = await collect(await open({ dataset: await folder(path), ...plain }));
      const expected = clean.flatMap(({ labels, pixels }) =>
        labels.map((label, row) => ({ label, red: pixels[0]?.[3 * row] })),
      );
      // Class a is 10 images, then 11 bad ones: the second batch of 8 loses 6 rows, the third none is left of.
      for (let i = 0; i < 11; i++) await writeBroken(join(path, 'a', `broken${String(i).padStart(2, '0')}.png`));
      await writeBroken(join(path, 'b', 'broken.png'));
      const dataset = await folder(path);
      const warnings: string[] = [];
      const loader = await open({ dataset, ...plain, workers, warn: (code) => warnings.push(code) });
      for (let epoch = 0; epoch < 2; epoch++) {
        const batches = await collect(loader, epoch);
        expect(batches.map(({ ids }) => ids.length)).toEqual([8, 2, 3, 7]);
        const got = batches.flatMap(({ ids, labels, pixels }) =>
          ids.map((id, row) => {
            expect(dataset.label(id)).toBe(labels[row]);
            return { label: labels[row], red: pixels[0]?.[3 * row] };
          }),
        );
        expect(got).toEqual(expected);
      }
      expect(warnings).toEqual(Array.from({ length: 12 }, () => 'W_BAD_IMAGE'));
    });
  }

  it('are left out of every view and resolution', async () => {
    const path = await classFolders(7);
    await writeBroken(join(path, 'a', '0015.png'));
    const { pixels = [], ids = [] } =
      (await collect(await open({ dataset: await folder(path), ...plain, augmenter: 'marks' })))[0] ?? {};
    const all = (
      await collect(await open({ dataset: await folder(path), ...plain, augmenter: 'marks', onBadImage: 'skip' }))
    )[0];
    expect(ids).toEqual([0, 1, 3, 4, 5, 6, 7]);
    const viewLengths = [4 * 4 * 3, 2 * 2 * 3];
    pixels.forEach((values, group) => {
      const length = viewLengths[group] ?? 0;
      const views = values.length / length / 7;
      expect(views).toBe([2, 3][group]);
      for (let view = 0; view < views; view++)
        ids.forEach((id, row) => {
          const got = values.slice((view * 7 + row) * length, (view * 7 + row + 1) * length);
          expect(got).toEqual(all?.pixels[group]?.slice((view * 8 + id) * length, (view * 8 + id + 1) * length));
        });
    });
  });
});
