/// <reference types="node" />
/**
 * How fast the loader makes views, first pass (decoding) and cached passes, all in and per core of CPU time.
 *
 *   npx tsx --tsconfig tsconfig.base.json --conditions=@tessera/source libs/data/bench/views.ts DIR [cifar|simclr224|swav224] [workers] [every] [passes]
 *
 * DIR: a folder of class folders, or of images. The rate per core divides by the CPU time of the whole process, main thread included.
 */
import { resolve } from 'node:path';
import { Registry, rootKey, type Json, type Plugin } from '@tessera/core';
import { createLoader, dataModule, dataPlugin, subset } from '@tessera/data';

const TASKS: Readonly<Record<string, { readonly name: string; readonly options: Json; readonly batchSize: number }>> = {
  cifar: {
    name: 'simclr',
    options: { size: 32, cropScale: [0.2, 1], strength: 0.5, blur: 'none', interpolation: 'bilinear' },
    batchSize: 256,
  },
  simclr224: { name: 'simclr', options: { size: 224 }, batchSize: 16 },
  swav224: { name: 'swav', options: {}, batchSize: 16 },
};

const [directory = '.', taskName = 'cifar', workers = '1', every = '5', passes = '3'] = process.argv.slice(2);
const task = new Map(Object.entries(TASKS)).get(taskName);
if (!task) throw new Error(`unknown task '${taskName}': ${Object.keys(TASKS).join(', ')}`);

// The augmenters are another package, above which this one does not reach: found by name, as any plugin is.
const augmentPackage: string = '@tessera/augment';
const augment = (await import(augmentPackage)) as {
  readonly plugin: Plugin;
  readonly augmentModule: string;
};
const registry = new Registry([dataPlugin, augment.plugin]);
const dataset = await registry.get('dataset', 'folder').build({}, { root: resolve(directory), key: rootKey(0) });
const indices = subset(dataset.size, { every: Number(every) });
const started = performance.now();
const loader = await createLoader({
  registry,
  dataset,
  reader: { name: 'folder', modules: [dataModule] },
  indices,
  augmenter: { name: task.name, options: task.options, modules: [augment.augmentModule] },
  batchSize: task.batchSize,
  shuffle: true,
  dropLast: true,
  workers: Number(workers),
  prefetch: 2,
  seed: 0,
  onBadImage: 'skip',
  warn: (code, message) => {
    console.error(`${code}: ${message}`);
  },
  cacheMegabytes: 512,
});
console.log(
  JSON.stringify({
    task: taskName,
    images: indices.length,
    workers: Number(workers),
    startSeconds: round((performance.now() - started) / 1000),
  }),
);
const viewsPerImage = loader.views.reduce((sum, { count }) => sum + count, 0);
for (let epoch = 0; epoch < Number(passes); epoch++) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  let views = 0;
  for await (const batch of loader.epoch(epoch)) {
    views += batch.sampleIds.length * viewsPerImage;
    batch.release();
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - wall) / 1000;
  console.log(
    JSON.stringify({
      pass: epoch === 0 ? 'first' : 'later',
      viewsPerSecond: round(views / seconds),
      viewsPerSecondPerCore: round(views / ((user + system) / 1e6)),
    }),
  );
}
await loader.dispose();

function round(value: number): number {
  return Number(value.toPrecision(4));
}
