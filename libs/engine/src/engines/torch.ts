import { messageOf, TesseraError } from '@tessera/core';
import type { EngineOptions, LoadedEngine } from '../names.ts';

/** Our backend on libtorch. Imported here and nowhere else, so that nothing native is loaded before it is asked for. */
export async function loadTorch(options: EngineOptions): Promise<LoadedEngine> {
  const module: unknown = await import('@tessera/backend-torch');
  const register: unknown = Reflect.get(module as object, 'registerTorchBackend');
  if (typeof register !== 'function') throw unavailable('this build of Tessera has no torch backend');
  try {
    await (register as (options: { threads?: number }) => unknown)(options.threads === undefined ? {} : { threads: options.threads });
  } catch (error) {
    throw unavailable(messageOf(error), error);
  }
  return { detail: 'libtorch', precisions: ['f32', 'bf16'] };
}

function unavailable(message: string, cause?: unknown): TesseraError {
  return new TesseraError({
    code: 'E_ENGINE_UNAVAILABLE',
    message: `the torch engine does not load: ${message}`,
    next: 'Build it with `npm rebuild`, or set LIBTORCH to the folder of a libtorch first.',
    kind: 'failure',
    cause,
  });
}
