import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blockUntil } from '../testdata/block.ts';
import { classFolders, temporaryFolder, writeBroken } from '../testdata/images.ts';
import { collect, folder, open, shapes } from '../testdata/loaders.ts';

describe('order and pixels', () => {
  it('trap 30: do not depend on the number of workers', async () => {
    const dataset = await shapes();
    const [none, ...others] = await Promise.all(
      [0, 1, 2, 3].map(async (workers) => {
        const loader = await open({ dataset, workers, dropLast: false, batchSize: 7 });
        return [await collect(loader, 0), await collect(loader, 1)];
      }),
    );
    expect(none?.[0]).toHaveLength(6);
    expect(none?.[0]).not.toEqual(none?.[1]);
    for (const other of others) expect(other).toEqual(none);
  });

  it('visit every image once an epoch, in another order each epoch, labels alongside', async () => {
    const dataset = await shapes();
    const loader = await open({ dataset, workers: 0 });
    const epochs = [await collect(loader, 0), await collect(loader, 1)].map((batches) =>
      batches.flatMap(({ ids }) => ids),
    );
    for (const ids of epochs) expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
    for (const { ids, labels } of await collect(loader, 2)) expect(labels).toEqual(ids.map((id) => dataset.label(id)));
  });

  it('trap 30: are crop-major, all first views, then all second views; every view of every image has its own draws', async () => {
    const loader = await open({ dataset: await shapes(), workers: 1 });
    const [batch] = await collect(loader);
    const [large = [], small = []] = batch?.pixels ?? [];
    expect(large).toHaveLength(2 * 8 * 48);
    expect(small).toHaveLength(3 * 8 * 12);
    const views = Array.from({ length: 16 }, (_, view) => new Set(large.slice(view * 48, (view + 1) * 48)));
    for (const values of views) expect(values.size).toBe(1);
    expect(new Set(views.map(([value]) => value)).size).toBe(16);
  });

  it('of a sample do not depend on the batch size or the subset, only the batch key does', async () => {
    const dataset = await shapes();
    const whole = (await collect(await open({ dataset, workers: 0, shuffle: false, batchSize: 40 })))[0];
    const part = (
      await collect(await open({ dataset, workers: 0, shuffle: false, batchSize: 2, indices: Int32Array.of(0, 5) }))
    )[0];
    expect(part?.ids).toEqual([0, 5]);
    expect(part?.pixels[0]?.slice(48, 96)).toEqual(whole?.pixels[0]?.slice(5 * 48, 6 * 48));
  });

  it('go on in the middle of an epoch as if nothing had happened', async () => {
    const loader = await open({ dataset: await shapes() });
    const all = await collect(loader, 4);
    expect(await collect(loader, 4, { firstBatch: 3 })).toEqual(all.slice(3));
  });

  it('are rounded by uint8 augmenters', async () => {
    const loader = await open({ dataset: await shapes(), workers: 1, options: { pixels: 'uint8' } });
    for await (const batch of loader.epoch(0)) {
      expect(batch.groups[0]?.pixels).toBeInstanceOf(Uint8Array);
      batch.release();
    }
  });

  it('trap 10: a short last batch is dropped, so that every loss has the same N, and kept where asked for', async () => {
    const dataset = await shapes();
    const dropped = await open({ dataset, workers: 0, batchSize: 16 });
    expect(dropped.batchesPerEpoch).toBe(2);
    expect((await collect(dropped)).map(({ ids }) => ids.length)).toEqual([16, 16]);
    const kept = await open({ dataset, workers: 1, batchSize: 16, dropLast: false });
    expect((await collect(kept)).map(({ ids }) => ids.length)).toEqual([16, 16, 8]);
  });
});

describe('breaking off', () => {
  for (const workers of [0, 2]) {
    it(`frees all buffers, and the next epoch is whole (workers: ${String(workers)})`, async () => {
      const loader = await open({ dataset: await shapes(), workers });
      const whole = await collect(loader, 1);
      for (let i = 0; i < 5; i++) {
        for await (const batch of loader.epoch(0)) {
          batch.release();
          break;
        }
      }
      expect(await collect(loader, 1)).toEqual(whole);
    });
  }

  it('by dispose rejects what is awaited', async () => {
    const loader = await open({ dataset: await shapes(), workers: 1 });
    const iterator = loader.epoch(0)[Symbol.asyncIterator]();
    const waiting = iterator.next();
    const disposed = loader.dispose();
    await expect(waiting).rejects.toMatchObject({ code: 'E_LOADER_DISPOSED' });
    await disposed;
  });

  it('says so when no batch was released, and when two epochs run at once', async () => {
    const loader = await open({ dataset: await shapes(), workers: 0, prefetch: 1 });
    const iterator = loader.epoch(0)[Symbol.asyncIterator]();
    await iterator.next();
    await expect(loader.epoch(1)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'E_EPOCH_ACTIVE' });
    await iterator.next();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'E_BATCH_NOT_RELEASED' });
  });
});

describe('the next epoch', () => {
  for (const workers of [0, 2]) {
    it(`is begun while this one ends, and nothing of it changes (workers: ${String(workers)})`, async () => {
      const path = await classFolders(40);
      for (let i = 0; i < 3; i++) await writeBroken(join(path, 'a', `broken${String(i)}.png`));
      const setting = { dataset: await folder(path), reader: 'folder', workers, prefetch: 4, dropLast: false };
      const epochs = [0, 1, 2, 3];
      const apart: Awaited<ReturnType<typeof collect>>[] = [];
      for (const epoch of epochs) apart.push(await collect(await open({ ...setting, workers: 0 }), epoch));
      const loader = await open(setting);
      for (const epoch of epochs) expect(await collect(loader, epoch, { continues: true })).toEqual(apart[epoch]);
      // Resumed in the middle, elsewhere than expected, and after a break.
      await collect(loader, 0, { continues: true });
      expect(await collect(loader, 1, { firstBatch: 2, continues: true })).toEqual(apart[1]?.slice(2));
      expect(await collect(loader, 3, { continues: true })).toEqual(apart[3]);
      for await (const batch of loader.epoch(0, { continues: true })) {
        batch.release();
        if (batch.sampleIds.length < 8) break;
      }
      expect(await collect(loader, 1)).toEqual(apart[1]);
    });
  }

  it('is prepared while the last batch of this one is held, and not without being asked for', async () => {
    for (const continues of [true, false]) {
      const log = join(await temporaryFolder(), 'log');
      const loader = await open({
        dataset: await shapes(),
        workers: 1,
        prefetch: 3,
        augmenter: 'log',
        options: { path: log },
      });
      let batches = 0;
      for await (const batch of loader.epoch(0, { continues })) {
        if (++batches === 5) {
          blockUntil(() => statSync(log).size >= (continues ? 8 : 5) * 8);
          expect(statSync(log).size).toBe((continues ? 8 : 5) * 8);
        }
        batch.release();
      }
      await collect(loader, 1);
      expect(statSync(log).size).toBe(10 * 8);
    }
  });

  it('may be shorter than what is prepared ahead', async () => {
    const setting = { dataset: await shapes(16), workers: 0, prefetch: 7 };
    const apart = [await collect(await open(setting), 0), await collect(await open(setting), 1)];
    const loader = await open(setting);
    for (const epoch of [0, 1]) expect(await collect(loader, epoch, { continues: true })).toEqual(apart[epoch]);
  });
});

describe('the stated memory', () => {
  it('is what the buffers take, however many epochs go by', async () => {
    const loader = await open({ dataset: await shapes(), workers: 0, prefetch: 3, cacheMegabytes: 5 });
    const buffers = new Set<ArrayBufferLike>();
    for (let epoch = 0; epoch < 4; epoch++)
      for await (const batch of loader.epoch(epoch, { continues: true })) {
        for (const { pixels } of batch.groups) buffers.add(pixels.buffer);
        batch.release();
      }
    const { workers, batches, bufferBytes, cacheBytes } = loader.memory;
    expect({ workers, batches, cacheBytes }).toEqual({ workers: 0, batches: 4, cacheBytes: 5 * 2 ** 20 });
    expect(buffers.size).toBeLessThanOrEqual(batches);
    // Two views of 4x4x3 and three of 2x2x3, float32, of 8 images.
    expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([...buffers].map(() => bufferBytes / batches));
    expect(bufferBytes).toBe(4 * 4 * 8 * (2 * 48 + 3 * 12));
  });
});

describe('checks', () => {
  it('refuse a batch larger than the data set, and no data at all', async () => {
    const dataset = await shapes();
    await expect(open({ dataset, batchSize: 41 })).rejects.toMatchObject({
      code: 'E_BATCH_TOO_LARGE',
      message: expect.stringMatching(/41 .* 40/) as unknown,
    });
    await expect(open({ dataset, indices: new Int32Array(0) })).rejects.toMatchObject({ code: 'E_DATA_EMPTY' });
  });
});
