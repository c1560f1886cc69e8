import * as tf from '@tensorflow/tfjs-core';
import type { LoadedEngine } from '../names.ts';

/** tfjs in plain JavaScript: slow, and the reference for the others. */
export async function loadCpu(): Promise<LoadedEngine> {
  const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu');
  // The backend advertises tfjs-node on its first use; the person has been told already which engines are faster.
  const backend: unknown = tf.findBackend('cpu');
  if (typeof backend === 'object' && backend !== null) Reflect.set(backend, 'firstUse', false);
  return { detail: `tfjs-backend-cpu ${version_cpu}, one thread`, precisions: ['f32'] };
}
