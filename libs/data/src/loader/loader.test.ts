import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry, rootKey, type Dataset, type Json } from '@tessera/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dataModule, dataPlugin } from '../index.ts';
import { subset } from '../subset.ts';
import fixture from '../testdata/fixture-plugin.ts';
import { classFolders, writeBroken } from '../testdata/images.ts';
import { createLoader, type LoaderOptions } from './create-loader.ts';
import type { Batch, Loader } from './loader.ts';

const fixtureModule = new URL('../testdata/fixture-plugin.ts', import.meta.url).href;
const registry = new Registry([dataPlugin, fixture]);

async function shapes(count = 40): Promise<Dataset> {
  return registry.get('dataset', 'shapes').build({ count, size: 8 }, { root: '.', key: rootKey(0) });
}

async function folder(path: string): Promise<Dataset> {
  return registry.get('dataset', 'folder').build({}, { root: path, key: rootKey(0) });
}

interface Setting extends Partial<Omit<LoaderOptions, 'augmenter' | 'reader'>> {
  readonly dataset: Dataset;
  readonly reader?: string;
  readonly augmenter?: string;
  readonly options?: Json;
  readonly extraModules?: readonly string[];
}

async function open({
  augmenter = 'marks',
  options = {},
  reader = 'shapes',
  extraModules = [],
  ...rest
}: Setting): Promise<Loader> {
  const loader = await createLoader({
    registry,
    reader: { name: reader, modules: [dataModule] },
    augmenter: { name: augmenter, options, modules: [fixtureModule, ...extraModules] },
    indices: subset(rest.dataset.size),
    batchSize: 8,
    shuffle: true,
    dropLast: true,
    workers: 1,
    prefetch: 2,
    seed: 3,
    onBadImage: 'skip',
    warn: () => undefined,
    cacheMegabytes: 16,
    ...rest,
  });
  onTestFinished(() => loader.dispose());
  return loader;
}

/** What a batch holds, copied out. */
function copy(batch: Batch): { readonly ids: number[]; readonly labels: number[]; readonly pixels: number[][] } {
  const kept = {
    ids: [...batch.sampleIds],
    labels: [...(batch.labels ?? [])],
    pixels: batch.groups.map(({ pixels }) => [...pixels]),
  };
  batch.release();
  return kept;
}

async function collect(loader: Loader, epoch = 0, firstBatch = 0): Promise<ReturnType<typeof copy>[]> {
  const batches = [];
  for await (const batch of loader.epoch(epoch, firstBatch)) batches.push(copy(batch));
  return batches;
}

async function failureOf(loader: Loader): Promise<unknown> {
  return collect(loader).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('order and pixels', () => {
  it('do not depend on the number of workers', async () => {
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

  it('are crop-major: all first views, then all second views; views differ (trap 30: independent draws)', async () => {
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
    expect(await collect(loader, 4, 3)).toEqual(all.slice(3));
  });

  it('are rounded by uint8 augmenters, and short last batches are dropped or kept', async () => {
    const dataset = await shapes();
    const dropped = await open({ dataset, workers: 1, batchSize: 16, options: { pixels: 'uint8' } });
    expect(dropped.batchesPerEpoch).toBe(2);
    for await (const batch of dropped.epoch(0)) {
      expect(batch.groups[0]?.pixels).toBeInstanceOf(Uint8Array);
      batch.release();
    }
    const kept = await open({ dataset, workers: 1, batchSize: 16, dropLast: false });
    expect((await collect(kept)).map(({ ids }) => ids.length)).toEqual([16, 16, 8]);
  });
});

describe('workers', () => {
  it('run plugins without tfjs', async () => {
    const loader = await open({ dataset: await shapes(), workers: 1, augmenter: 'environment' });
    const [batch] = await collect(loader);
    expect(batch?.pixels[0]?.slice(0, 2)).toEqual([0, 0]);
  });

  it('keep a blocked main thread fed: the batches ahead are made meanwhile', async () => {
    const loader = await open({ dataset: await shapes(), workers: 1, prefetch: 3 });
    const waits: number[] = [];
    let last = performance.now();
    for await (const batch of loader.epoch(0)) {
      waits.push(performance.now() - last);
      batch.release();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      last = performance.now();
    }
    const median = waits.slice(1).toSorted((a, b) => a - b)[2];
    expect(median).toBeLessThan(50);
  });

  it('decode a small image once: later epochs need no files', async () => {
    const path = await classFolders(16);
    const loader = await open({ dataset: await folder(path), reader: 'folder', workers: 2 });
    const first = await collect(loader, 0);
    for (const name of await readdir(path)) await rm(join(path, name), { recursive: true });
    expect(await collect(loader, 0)).toEqual(first);
  });

  it('stay out of it, with a warning, where an extension comes from no module', async () => {
    const codes: string[] = [];
    const dataset = await shapes();
    const loader = await createLoader({
      registry,
      dataset,
      reader: { name: 'shapes', modules: [dataModule] },
      augmenter: { name: 'environment', options: {}, modules: [] },
      indices: subset(dataset.size),
      batchSize: 8,
      shuffle: false,
      dropLast: true,
      workers: 2,
      prefetch: 1,
      seed: 0,
      onBadImage: 'skip',
      warn: (code) => codes.push(code),
      cacheMegabytes: 1,
    });
    expect((await collect(loader))[0]?.pixels[0]?.[0]).toBe(1);
    expect(codes).toEqual(['W_NO_WORKERS']);
  });

  it('that end give one error, no hang', async () => {
    const loader = await open({ dataset: await shapes(), workers: 2, augmenter: 'crash' });
    expect(await failureOf(loader)).toMatchObject({
      code: 'E_WORKER_CRASHED',
      message: expect.stringContaining('code 7') as unknown,
    });
    expect(await failureOf(loader)).toMatchObject({ code: 'E_WORKER_CRASHED' });
  });

  it('that cannot load a plugin say which', async () => {
    const dataset = await shapes();
    await expect(open({ dataset, workers: 1, extraModules: ['file:///no-such-module.js'] })).rejects.toMatchObject({
      message: expect.stringContaining('no-such-module') as unknown,
    });
  });

  for (const workers of [0, 1]) {
    it(`report an augmenter's bug as the augmenter's (workers: ${String(workers)})`, async () => {
      expect(await failureOf(await open({ dataset: await shapes(), workers, augmenter: 'throws' }))).toMatchObject({
        code: 'E_AUGMENTER_FAILED',
        message: expect.stringContaining("'throws'") as unknown,
      });
      expect(await failureOf(await open({ dataset: await shapes(), workers, augmenter: 'short' }))).toMatchObject({
        code: 'E_AUGMENTER_SHAPE',
      });
    });
  }
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
