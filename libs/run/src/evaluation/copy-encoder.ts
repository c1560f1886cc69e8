import { TesseraError, type Encoder } from '@tessera/core';
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
  const values = [...encoder.variables(), ...encoder.buffers()].map(({ name, variable }): [string, Tensor] => [
    `${scope}/${name.slice(name.indexOf('/') + 1)}`,
    variable,
  ]);
  try {
    restoreVariables('encoder', [...copy.variables(), ...copy.buffers()], Object.fromEntries(values));
  } catch (error) {
    copy.dispose();
    throw error;
  }
  return copy;
}
