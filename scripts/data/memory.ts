/**
 * Memory of the loader over many batches: a table of the process's resident memory and heap. Fails where it grows.
 *
 *   npm run data:memory -- [--batches 20000] [--size 32] [--batch 8] [--images 400] [--workers 2] [--cache 0]
 *
 * Images are JPEGs that it draws; a cache of 0 MB has every image read and decoded again in every epoch.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { augmentModule, augmentPlugin } from '@tessera/augment';
import { Registry, rootKey } from '@tessera/core';
import { createLoader, dataModule, dataPlugin, subset, type Loader } from '@tessera/data';
import sharp from 'sharp';

/** More than this between a quarter of the way and the end is a leak. */
const TOLERATED_MEGABYTES = 24;

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '20000' },
    size: { type: 'string', default: '32' },
    batch: { type: 'string', default: '8' },
    images: { type: 'string', default: '400' },
    workers: { type: 'string', default: '2' },
    cache: { type: 'string', default: '0' },
  },
});
const setting = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)])) as Record<
  keyof typeof values,
  number
>;

interface Sample {
  readonly batch: number;
  readonly residentMB: number;
  readonly heapMB: number;
  readonly externalMB: number;
}

const folder = mkdtempSync(join(tmpdir(), 'tessera-memory-'));
try {
  await drawImages(folder);
  const loader = await open(folder);
  const samples = await run(loader);
  await loader.dispose();
  report(loader, samples);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function drawImages(root: string): Promise<void> {
  const side = Math.round(setting.size * 1.3);
  for (let i = 0; i < setting.images; i++) {
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, at) => 128 + 90 * Math.sin((at * (i + 3)) / 97));
    const path = join(root, `class${String(i % 2)}`);
    mkdirSync(path, { recursive: true });
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg()
      .toFile(join(path, `${String(i)}.jpg`));
  }
}

async function open(root: string): Promise<Loader> {
  const registry = new Registry([dataPlugin, augmentPlugin]);
  const dataset = await registry.get('dataset', 'folder').build({}, { root, key: rootKey(0) });
  return createLoader({
    registry,
    dataset,
    reader: { name: 'folder', modules: [dataModule] },
    indices: subset(dataset.size),
    augmenter: { name: 'simclr', options: { size: setting.size }, modules: [augmentModule] },
    batchSize: setting.batch,
    shuffle: true,
    dropLast: true,
    workers: setting.workers,
    prefetch: 4,
    seed: 0,
    onBadImage: 'error',
    warn: (code, message) => {
      console.error(`${code}: ${message}`);
    },
    cacheMegabytes: setting.cache,
  });
}

/** Goes through epochs until there were enough batches, and looks at the memory now and then. */
async function run(loader: Loader): Promise<readonly Sample[]> {
  const marks = new Set([0.05, 0.25, 0.5, 0.75, 1].map((part) => Math.round(part * setting.batches)));
  const samples: Sample[] = [];
  let batches = 0;
  for (let epoch = 0; batches < setting.batches; epoch++) {
    for await (const batch of loader.epoch(epoch, { continues: true })) {
      batch.release();
      if (marks.has(++batches)) samples.push(sampleAt(batches));
      if (batches === setting.batches) break;
    }
  }
  return samples;
}

function sampleAt(batch: number): Sample {
  const { rss, heapUsed, external } = process.memoryUsage();
  const [residentMB, heapMB, externalMB] = [rss, heapUsed, external].map((bytes) => Math.round(bytes / 2 ** 20));
  return { batch, residentMB: residentMB ?? 0, heapMB: heapMB ?? 0, externalMB: externalMB ?? 0 };
}

function report({ memory }: Loader, samples: readonly Sample[]): void {
  console.log(JSON.stringify({ ...setting, memory }));
  console.log('| batch | resident MB | heap MB | external MB |\n| --- | --- | --- | --- |');
  for (const { batch, residentMB, heapMB, externalMB } of samples)
    console.log(`| ${String(batch)} | ${String(residentMB)} | ${String(heapMB)} | ${String(externalMB)} |`);
  const [, quarter, ...later] = samples;
  const growth = (later.at(-1)?.residentMB ?? 0) - (quarter?.residentMB ?? 0);
  console.log(
    `growth after the first quarter: ${String(growth)} MB (${growth > TOLERATED_MEGABYTES ? 'NOT flat' : 'flat'})`,
  );
  if (growth > TOLERATED_MEGABYTES) process.exitCode = 1;
}
