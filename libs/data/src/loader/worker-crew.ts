import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Crew, CrewEvents } from './crew.ts';
import { unpackError, workerCrash } from './sent-error.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './task.ts';

/** How long a stopped worker may finish what it is at before it is ended. */
const PATIENCE_MS = 1000;

/** Enough for tasks and plugins; far below what Node would grant a thread of a large machine. */
export const WORKER_HEAP_MEGABYTES = 1024;

/** Starts a worker: from a build directly, from source (tsx, vitest) through tsx, which does not reach into worker threads by itself. */
function startWorker(name: string, workerData: unknown, heapMegabytes: number): Worker {
  const options = { name, workerData, resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url), options);
  const tsx = new URL('./esm/api/index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx'))).href;
  const entry = new URL('./worker.ts', import.meta.url).href;
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(entry)}); });`;
  return new Worker(bootstrap, { ...options, eval: true, execArgv: ['--conditions=@tessera/source'] });
}

/** Starts worker threads and waits until all have loaded their plugins. @throws TesseraError what stopped the first that could not */
export async function workerCrew(
  count: number,
  setup: WorkerSetup,
  events: CrewEvents,
  heapMegabytes = WORKER_HEAP_MEGABYTES,
): Promise<Crew> {
  const live = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: count }, (_, i) =>
    startWorker(`tessera-data-${String(i)}`, { setup, live }, heapMegabytes),
  );
  let closing = false;

  const dispose = async (): Promise<void> => {
    closing = true;
    Atomics.store(live, 0, 2 ** 31 - 1);
    await Promise.all(workers.map(stop));
  };

  const started = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        const broke = (error: Error): void => {
          reject(error);
          if (!closing) events.failed(error);
        };
        worker.on('message', (message: FromWorker) => {
          if (message.type === 'ready') resolve();
          else if (message.type === 'done') events.done(message.id, message.result);
          else broke(unpackError(message.error));
        });
        worker.on('error', (error) => {
          broke(workerCrash(error.message, error));
        });
        worker.on('exit', (code) => {
          if (!closing) broke(workerCrash(`it ended with code ${String(code)}`));
        });
      }),
  );
  try {
    await Promise.all(started);
  } catch (error) {
    await Promise.allSettled([dispose(), ...started]);
    throw error;
  }
  const post = (worker: number, message: ToWorker): void => {
    workers[worker]?.postMessage(message);
  };
  const keepAlive = (wanted: boolean): void => {
    for (const worker of workers) {
      if (wanted) worker.ref();
      else worker.unref();
    }
  };
  keepAlive(false);
  return {
    size: count,
    addSlot: (slot, buffer, batchSize) => {
      for (const worker of workers.keys()) post(worker, { type: 'slot', slot, buffer, batchSize });
    },
    submit: (worker, task) => {
      post(worker, { type: 'task', task });
    },
    cancelBefore: (taskId) => void Atomics.store(live, 0, taskId),
    keepAlive,
    dispose,
  };
}

async function stop(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  worker.ref();
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage({ type: 'stop' } satisfies ToWorker);
  const timer = setTimeout(() => void worker.terminate(), PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}
