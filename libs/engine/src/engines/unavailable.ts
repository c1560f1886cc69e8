import { TesseraError } from '@tessera/core';
import type { EngineName } from '../names.ts';

/** The one error of an engine that does not load. @param next what gets it to load */
export function unavailable(name: EngineName, reason: string, next: string, cause?: unknown): TesseraError {
  return new TesseraError({
    code: 'E_ENGINE_UNAVAILABLE',
    message: `the ${name} engine does not load: ${reason}`,
    next,
    kind: 'failure',
    cause,
  });
}
