/** Entry of a loader worker thread. Gets JSON, imports the plugin modules it names and builds a registry of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { pluginOf, Registry, requireDeviceHalf } from '@tessera/core';
import { batchArrays, type BatchArrays } from './batch-buffer.ts';
import { SampleMaker } from './sample-maker.ts';
import { packError } from './sent-error.ts';
import type { FromWorker, Task, ToWorker, WorkerSetup } from './task.ts';

const { setup, live } = workerData as { readonly setup: WorkerSetup; readonly live: Int32Array };
const port = parentPort;
if (!port) throw new Error('worker.ts is started by the loader, as a worker thread');

const send = (message: FromWorker): void => {
  port.postMessage(message);
};
const slots = new Map<number, BatchArrays>();
let queue = Promise.resolve();

async function buildMaker(): Promise<{
  readonly maker: SampleMaker;
  readonly arraysOf: (buffer: SharedArrayBuffer, batchSize: number) => BatchArrays;
}> {
  const registry = new Registry();
  process.setSourceMapsEnabled(true); // stacks of plugins in the sources that they were compiled from, as in the main thread
  for (const url of setup.modules) registry.add(pluginOf(await import(url), url));
  const augmenter = registry.get('augmenter', setup.augmenter.name).build(setup.augmenter.options, {});
  const device =
    setup.augmentOn === 'device' ? { device: requireDeviceHalf(setup.augmenter.name, augmenter) } : undefined;
  const maker = new SampleMaker({
    reader: registry.get('dataset', setup.reader),
    augmenter,
    augmenterName: setup.augmenter.name,
    ...device,
    seed: setup.seed,
    cacheBytes: setup.cacheBytes,
    range: setup.range,
  });
  return {
    maker,
    arraysOf: (buffer, batchSize) => batchArrays(buffer, maker.planes, batchSize),
  };
}

async function work(maker: SampleMaker, task: Task): Promise<void> {
  const arrays = slots.get(task.slot);
  if (!arrays) throw new Error(`no buffer for slot ${String(task.slot)}`);
  const result = await maker.make(task, arrays, () => task.id < Atomics.load(live, 0));
  send({ type: 'done', id: task.id, result });
}

const fail = (error: unknown): void => {
  send({ type: 'failed', error: packError(error) });
};

buildMaker().then(({ maker, arraysOf }) => {
  port.on('message', (message: ToWorker) => {
    if (message.type === 'slot') slots.set(message.slot, arraysOf(message.buffer, message.batchSize));
    else if (message.type === 'task') queue = queue.then(() => work(maker, message.task)).catch(fail);
    else port.close();
  });
  send({ type: 'ready' });
}, fail);
