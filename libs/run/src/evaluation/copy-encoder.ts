import { TesseraError, type Encoder, type NamedVariable } from '@tessera/core';
import { restoreVariables } from '@tessera/engine';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Composition } from '../compose.ts';

/**
 * A fresh encoder with the weights and statistics of another, of its own architecture.
 * @throws TesseraError `E_ENCODER_COPY` where the method names no part of the kind encoder, so that nobody else can build one
 */
export function copyEncoder(composition: Composition, encoder: Encoder, scope: string): Encoder {
  const copy = composition.buildEncoder(scope);
  if (!copy) {
    throw new TesseraError({
      code: 'E_ENCODER_COPY',
      message: `the method '${composition.recipe.method.name}' has no part of the kind encoder, so its encoder cannot be built again`,
      next: "Name the encoder among the method's `parts`, and build it with context.build.",
      kind: 'failure',
    });
  }
  const [own, others] = [copy, encoder].map((one) => [...one.variables(), ...one.buffers()]) as [
    NamedVariable[],
    NamedVariable[],
  ];
  // Scopes may have several parts: `teacher/encoder`.
  const below = own[0]?.name.slice(scope.length) ?? '';
  const skip = Math.max(0, (others[0]?.name.length ?? 0) - below.length);
  const values = others.map(({ name, variable }): [string, Tensor] => [`${scope}${name.slice(skip)}`, variable]);
  try {
    restoreVariables('encoder', own, Object.fromEntries(values));
  } catch (error) {
    copy.dispose();
    throw error;
  }
  return copy;
}
