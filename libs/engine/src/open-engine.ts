import * as tf from '@tensorflow/tfjs-core';
import { isTesseraError, messageOf, nearest, TesseraError } from '@tessera/core';
import { loadCpu } from './engines/cpu.ts';
import { inspectTensorflow, loadTensorflow } from './engines/tensorflow.ts';
import { loadTorch } from './engines/torch.ts';
import { loadWasm } from './engines/wasm.ts';
import { registerGradients } from './gradients/register.ts';
import { registerSplitSizes } from './split-sizes.ts';
import {
  engineNames,
  type Engine,
  type EngineChoice,
  type EngineName,
  type EngineOptions,
  type EngineReport,
  type LoadedEngine,
} from './names.ts';

const loaders: Readonly<Record<EngineName, (options: EngineOptions) => Promise<LoadedEngine>>> = {
  torch: loadTorch,
  tensorflow: loadTensorflow,
  wasm: loadWasm,
  cpu: loadCpu,
};

/**
 * Makes a tfjs backend the current one and gives tfjs its gradients. May be called again: tensors move to the new backend when they are
 * next used there.
 * @throws TesseraError `E_ENGINE_UNKNOWN`, `E_DEVICE_UNKNOWN`, `E_DEVICE_UNAVAILABLE`, or `E_ENGINE_UNAVAILABLE` when the one asked for (or, with `auto`, every one) does not load
 */
export async function openEngine(wanted: EngineChoice, options: EngineOptions = {}): Promise<Engine> {
  const log = options.log ?? (() => undefined);
  if (wanted !== 'auto') requireKnown(wanted);
  const choice = onDevice(wanted, options.device);
  if (choice !== 'auto') {
    const engine: Engine = { name: choice, device: 'cpu', ...(await activate(choice, options)), why: [] };
    log(`engine: ${choice} (${engine.detail})`);
    return engine;
  }
  const why: string[] = [];
  for (const name of engineNames) {
    try {
      const engine: Engine = { name, device: 'cpu', ...(await activate(name, options)), why };
      log(`engine: ${name} (${engine.detail})`);
      why.forEach((line) => {
        log(`  ${line}`);
      });
      return engine;
    } catch (error) {
      why.push(explain(error));
    }
  }
  throw new TesseraError({
    code: 'E_ENGINE_UNAVAILABLE',
    message: `no engine loads: ${why.join(' ')}`,
    next: 'Install the dependencies again (npm ci).',
    kind: 'failure',
  });
}

/**
 * Tries every engine, one after the other, and reports; the current backend stays what it was. `auto` takes the first that is available.
 * Loads libtorch into this process; libtensorflow is tried in another.
 */
export async function inspectEngines(): Promise<readonly EngineReport[]> {
  const before = tf.engine().backendName;
  const reports: EngineReport[] = [];
  for (const name of engineNames) {
    try {
      const { detail, devices } = name === 'tensorflow' ? tensorflowReport() : await activate(name, {});
      reports.push({ name, available: true, detail, ...(devices === undefined ? {} : { devices }) });
    } catch (error) {
      const remedy = isTesseraError(error) ? error.next : undefined;
      reports.push({ name, available: false, detail: messageOf(error), ...(remedy === undefined ? {} : { remedy }) });
    }
  }
  if (before) await tf.setBackend(before);
  return reports;
}

function tensorflowReport(): Pick<LoadedEngine, 'detail' | 'devices'> {
  return { detail: inspectTensorflow() };
}

/** A device of CUDA leaves one engine. A wish for it is not answered by the CPU. */
function onDevice(choice: EngineChoice, device: string = 'auto'): EngineChoice {
  if (!/^(auto|cpu|cuda(:\d{1,3})?)$/.test(device)) {
    throw new TesseraError({
      code: 'E_DEVICE_UNKNOWN',
      message: `unknown device '${device}'`,
      next: 'Use auto, cpu, cuda or cuda:1.',
    });
  }
  if (!device.startsWith('cuda') || choice === 'torch') return choice;
  if (choice === 'auto') return 'torch';
  throw new TesseraError({
    code: 'E_DEVICE_UNAVAILABLE',
    message: `the ${choice} engine cannot be told to compute on ${device}`,
    next: 'Use the torch engine, or leave the device out.',
  });
}

async function activate(name: EngineName, options: EngineOptions): Promise<LoadedEngine> {
  const loaded = await loaders[name](options);
  if (!(await tf.setBackend(name))) {
    throw new TesseraError({
      code: 'E_ENGINE_UNAVAILABLE',
      message: `the ${name} engine was loaded but did not start`,
      next: 'Choose another one with --engine, or `auto`.',
      kind: 'failure',
    });
  }
  registerGradients();
  registerSplitSizes();
  return loaded;
}

function requireKnown(choice: string): void {
  if (choice in loaders) return;
  const guess = nearest(choice, ['auto', ...engineNames]);
  throw new TesseraError({
    code: 'E_ENGINE_UNKNOWN',
    message: `unknown engine '${choice}'${guess === undefined ? '' : `; did you mean '${guess}'?`}`,
    next: `Known: auto, ${engineNames.join(', ')}.`,
  });
}

function explain(error: unknown): string {
  return isTesseraError(error) && error.next !== undefined ? `${error.message}. ${error.next}` : messageOf(error);
}
