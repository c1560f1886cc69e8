import { TesseraError } from '@tessera/core';
import type { EngineOptions, LoadedEngine } from '../names.ts';

/** tfjs-node-gpu, then tfjs-node. */
export function loadTensorflow(_options: EngineOptions): Promise<LoadedEngine> {
  return Promise.reject(new TesseraError({ code: 'E_ENGINE_UNAVAILABLE', message: 'the tensorflow engine does not load: not written yet', kind: 'failure' }));
}
