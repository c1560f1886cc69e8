import { statSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataModule } from '../index.ts';
import { subset } from '../subsets/every-limit.ts';
import { blockUntil } from '../testdata/block.ts';
import { classFolders, temporaryFolder } from '../testdata/images.ts';
import { collect, failureOf, folder, open, registry, shapes } from '../testdata/loaders.ts';
import { createLoader } from './create-loader.ts';

describe('workers', () => {
  it('run plugins without tfjs', async () => {
    const loader = await open({ dataset: await shapes(), workers: 1, augmenter: 'environment' });
    const [batch] = await collect(loader);
    expect(batch?.pixels[0]?.slice(0, 2)).toEqual([0, 0]);
  });

  it('make the batches ahead while the main thread is blocked', async () => {
    const log = join(await temporaryFolder(), 'log');
    const loader = await open({
      dataset: await shapes(),
      workers: 1,
      prefetch: 3,
      augmenter: 'log',
      options: { path: log },
    });
    for await (const batch of loader.epoch(0)) {
      // The batch in hand and three ahead, without the main thread's event loop turning once.
      blockUntil(() => statSync(log).size >= 4 * 8);
      expect(statSync(log).size).toBe(4 * 8);
      batch.release();
      break;
    }
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

  for (const [how, reason] of [
    ['exit', 'code 7'],
    ['throw', 'thrown out of a timer'],
    ['reject', 'nobody caught it'],
    ['heap', 'memory'],
  ] as const) {
    it(`that break give one error, no hang (${how})`, async () => {
      const loader = await open({
        dataset: await shapes(800), // a hundred batches: far more than are prepared before the worker breaks
        workers: 2,
        augmenter: 'crash',
        options: { how },
        ...(how === 'heap' && { workerHeapMegabytes: 32 }),
      });
      const crash = { code: 'E_WORKER_CRASHED', message: expect.stringContaining(reason) as unknown };
      expect(await failureOf(loader)).toMatchObject(crash);
      expect(await failureOf(loader)).toMatchObject(crash);
    });
  }

  it('that take long are waited for, with a warning', async () => {
    const warnings: string[] = [];
    const warned = join(await temporaryFolder(), 'warned');
    const loader = await open({
      dataset: await shapes(16),
      workers: 1,
      augmenter: 'waits',
      options: { path: warned },
      patienceSeconds: 0.2,
      warn: (code, message) => {
        warnings.push(`${code} ${message}`);
        writeFileSync(warned, '');
      },
    });
    expect(await collect(loader)).toHaveLength(2);
    expect(warnings[0]).toMatch(/^W_DATA_SLOW waiting for batch 1 of 2 for 0.2 s/);
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
