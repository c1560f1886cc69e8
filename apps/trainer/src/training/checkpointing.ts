import type { Composition } from '../compose.ts';
import { saveCheckpoint, type Position } from '../run/checkpoint.ts';
import { saveEncoder } from '../run/encoder-file.ts';
import type { RunFolder } from '../run/files.ts';

/** When to write a checkpoint, and how. */
export interface Checkpointing {
  /** Whether the recipe wants one now. */
  readonly isDue: (position: Position) => boolean;
  /** Writes one, with the encoder beside it, and tells; nothing where the step's was just written. */
  readonly save: (position: Position) => void;
}

/** Follows the recipe's `checkpoint` section. */
export function checkpointing(composition: Composition, folder: RunFolder): Checkpointing {
  const { method, recipe, bus } = composition;
  const { everySteps, everyMinutes, keep } = recipe.checkpoint;
  let written = performance.now();
  let newest: number | undefined;
  return {
    isDue: ({ step }) =>
      (everySteps !== null && step % everySteps === 0) ||
      (everyMinutes !== null && performance.now() - written > everyMinutes * 60_000),
    save: (position) => {
      if (newest === position.step) return;
      const path = saveCheckpoint(folder.checkpoints, composition, position, keep);
      saveEncoder(folder.encoder, method.representation, {
        method: recipe.method.name,
        step: String(position.step),
        seed: String(recipe.seed),
      });
      written = performance.now();
      newest = position.step;
      bus.publish({ type: 'checkpoint', step: position.step, path });
    },
  };
}
