/** What a process does from its start to its end, for the tests that watch how it ends: `node .. scenarios.ts NAME [argument]`. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { torchAddonStatus } from '../addon.ts';
import { TorchBackend } from '../backend.ts';
import type { Precision } from '../backend.ts';
import { TORCH_BACKEND_NAME } from '../kernel.ts';
import { registerTorchBackend } from '../register.ts';
import { SmallNetwork } from './small-network.ts';

type Scenario = (argument: string) => unknown;

async function torch(): Promise<TorchBackend> {
  registerTorchBackend();
  await tf.setBackend(TORCH_BACKEND_NAME);
  const backend = tf.backend();
  if (!(backend instanceof TorchBackend)) throw new Error('the torch backend did not start');
  return backend;
}

const report = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};
const residentMb = (): number => {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
};
/** A product that takes long enough to be caught in the middle of. */
const longCall = (): void => {
  tf.tidy(() => tf.matMul(tf.ones([1200, 1200]), tf.ones([1200, 1200])).dataSync());
};
const once = (worker: Worker, event: string): Promise<unknown> => new Promise((done) => worker.once(event, done));

/** tsx does not reach into worker threads by itself. */
function startWorker(role: string): Worker {
  const tsx = new URL('./esm/api/index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx'))).href;
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(import.meta.url)}); });`;
  return new Worker(bootstrap, { workerData: { role }, eval: true, execArgv: ['--conditions=@tessera/source'] });
}

/** What a worker does after it has said that it is ready. */
const roles: Readonly<Record<string, () => void>> = {
  busy: () => {
    parentPort?.postMessage('ready');
    for (;;) longCall();
  },
  'leave with tensors': () => {
    tf.ones([1000, 1000]);
    tf.keep(tf.randomNormal([64, 8, 8, 3]));
    parentPort?.postMessage('ready');
  },
  'exit inside a tidy': () => {
    tf.tidy(() => {
      tf.ones([1000, 1000]);
      parentPort?.postMessage('ready');
      process.exit(0);
    });
  },
  throw: () => {
    parentPort?.postMessage('ready');
    tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])));
  },
};

const scenarios: Readonly<Record<string, Scenario>> = {
  status: () => {
    report(torchAddonStatus());
  },

  train: async (precision) => {
    const backend = await torch();
    const network = new SmallNetwork(backend, precision as Precision);
    const counts: string[] = [];
    const losses: number[] = [];
    let warm = 0;
    for (let step = 1; step <= 500; step++) {
      losses.push(network.step());
      backend.flush();
      if (step >= 2)
        counts.push(
          `${String(backend.native.live())} ${String(tf.memory().numTensors)} ${String(backend.numDataIds())}`,
        );
      if (step === 100) warm = residentMb();
    }
    report({ counts: [...new Set(counts)], losses: [losses[0], losses.at(-1)], growthMb: residentMb() - warm });
    network.dispose();
    backend.flush();
    report({ left: [backend.native.live(), tf.memory().numTensors] });
  },

  'register again': async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    for (let round = 0; round < 3; round++) {
      const backend = await torch();
      const x = tf.ones([100, 100]);
      await tf.setBackend('cpu');
      const y = tf.tensor([1, 2, 3]);
      await tf.setBackend(TORCH_BACKEND_NAME);
      const sum = tf.tidy(() => tf.sum(tf.add(y, 1)).dataSync()[0]);
      tf.removeBackend(TORCH_BACKEND_NAME);
      let code: unknown;
      try {
        x.dataSync();
      } catch (error) {
        code = (error as { code?: unknown }).code;
      }
      report({ sum, code, live: backend.native.live() });
    }
  },

  'workers end': async () => {
    await torch();
    const kept = tf.ones([10]);
    const workers = ['busy', 'busy', 'leave with tensors', 'exit inside a tidy'].map(startWorker);
    const ended = workers.map((w) => once(w, 'exit'));
    // one that exits at once may take its message with it
    await Promise.all(workers.map((w, i) => Promise.race([once(w, 'message'), ended[i]])));
    longCall();
    await Promise.all(workers.slice(0, 2).map((w) => w.terminate()));
    await Promise.all(ended);
    report({ sum: tf.tidy(() => tf.sum(kept).dataSync()[0]) });
  },

  'worker throws': async () => {
    await torch();
    const worker = startWorker('throw');
    const error = (await once(worker, 'error')) as Error;
    report({ message: error.message, sum: tf.tidy(() => tf.sum(tf.ones([10])).dataSync()[0]) });
  },

  'main exits while workers run': async () => {
    await torch();
    const workers = ['busy', 'busy'].map(startWorker);
    await Promise.all(workers.map((w) => once(w, 'message')));
    tf.ones([1000]);
    report('leaving');
    process.exit(0);
  },

  'main throws while workers run': async () => {
    await torch();
    await once(startWorker('busy'), 'message');
    throw new Error('thrown on purpose');
  },

  'exit inside a tidy': async () => {
    await torch();
    tf.tidy(() => {
      tf.matMul(tf.ones([100, 100]), tf.ones([100, 100]));
      process.exit(3);
    });
  },

  'exit inside a gradient': async () => {
    const network = new SmallNetwork(await torch(), 'bf16');
    network.step();
    tf.grad((x) => {
      process.exit(4);
      return x;
    })(tf.ones([2]));
  },

  'unhandled error': async () => {
    await torch();
    tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])));
  },

  'unhandled rejection': async () => {
    await torch();
    void Promise.reject(new Error('rejected on purpose'));
    await new Promise((done) => setTimeout(done, 5000));
  },

  'end with tensors': async () => {
    await torch();
    tf.ones([1000, 1000]);
    process.on('exit', () => {
      report({ sum: tf.tidy(() => tf.sum(tf.ones([10])).dataSync()[0]) });
    });
  },

  'wait for a signal': async () => {
    await torch();
    report('computing');
    for (;;) longCall();
  },
};

if (!isMainThread) {
  await torch();
  roles[(workerData as { role: string }).role]?.();
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await scenarios[process.argv[2] ?? '']?.(process.argv[3] ?? '');
}
