import * as tf from '@tensorflow/tfjs-core';
import { TesseraError } from '@tessera/core';

/** Arithmetic of convolutions and matrix products; everything else is float32 always. */
export type Precision = 'f32' | 'bf16';

/** A backend with a precision policy: torch's. */
interface PrecisionBackend {
  precision: Precision;
}

function hasPrecision(backend: object): backend is PrecisionBackend {
  return 'precision' in backend;
}

/**
 * Runs with a precision policy and puts the former one back, also on a throw; scopes nest. On an engine without bf16 nothing changes:
 * ask {@link requirePrecision} first where silence would mislead.
 * @param run synchronous: the policy belongs to the process, so it must not outlive the call
 */
export function withPrecision<T>(precision: Precision, run: () => T): T {
  const backend: object = tf.backend();
  if (!hasPrecision(backend)) return run();
  const before = backend.precision;
  backend.precision = precision;
  try {
    return run();
  } finally {
    backend.precision = before;
  }
}

/** The policy in force. */
export function currentPrecision(): Precision {
  const backend: object = tf.backend();
  return hasPrecision(backend) ? backend.precision : 'f32';
}

/** @throws TesseraError `E_PRECISION_UNSUPPORTED` when the engine cannot compute in that precision */
export function requirePrecision(
  engine: { readonly name: string; readonly precisions: readonly Precision[] },
  precision: Precision,
): void {
  if (engine.precisions.includes(precision)) return;
  throw new TesseraError({
    code: 'E_PRECISION_UNSUPPORTED',
    message: `the ${engine.name} engine computes in ${engine.precisions.join(' or ')}, not in ${precision}`,
    next: `Use precision ${engine.precisions.join(' or ')}, or the torch engine (see 'tessera doctor').`,
  });
}
