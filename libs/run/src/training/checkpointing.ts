import type { Composition } from '../compose.ts';
import { saveCheckpoint, type Position } from '../folder/checkpoint.ts';
import { saveEncoder } from '../folder/encoder-file.ts';
import type { RunFolder } from '../folder/files.ts';

/** Writes checkpoints. */
export interface Checkpointing {
  /**
   * Writes one, with the encoder beside it, and tells, where the recipe wants one now; nothing where the step's was just written.
   * @param always whatever the recipe says: the run ends
   */
  readonly save: (position: Position, always: boolean) => void;
}

/** Follows the recipe's `checkpoint` section. */
export function checkpointing(composition: Composition, folder: RunFolder): Checkpointing {
  const { method, recipe, bus } = composition;
  const { everySteps, everyMinutes, keep } = recipe.checkpoint;
  let written = performance.now();
  let newest: number | undefined;
  const isDue = ({ step }: Position): boolean =>
    (everySteps !== null && step % everySteps === 0) ||
    (everyMinutes !== null && performance.now() - written > everyMinutes * 60_000);
  return {
    save: (position, always) => {
      if (newest === position.step || !(always || isDue(position))) return;
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
