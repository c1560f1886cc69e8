import { doubts, type Doubt } from '@tessera/core';
import type { Engine } from '@tessera/engine';
import type { ResolvedRecipe } from '../recipe/resolve.ts';

/** Settings of the trainer that count for nothing on an engine. */
export function engineDoubts(
  { trainer: { tf32, threads } }: Pick<ResolvedRecipe, 'trainer'>,
  { name, device }: Pick<Engine, 'name' | 'device'>,
): readonly Doubt[] {
  return doubts(
    tf32 &&
      !device.startsWith('cuda') && {
        code: 'W_NO_EFFECT',
        message: `trainer.tf32 counts for nothing: the ${name} engine computes on ${device}, and TensorFloat-32 is CUDA's`,
      },
    threads !== null &&
      threads > 1 &&
      (name === 'wasm' || name === 'cpu') && {
        code: 'W_NO_EFFECT',
        message: `trainer.threads ${threads} counts for nothing: the ${name} engine always uses one`,
      },
  );
}
