import type { LoaderMemory } from '@tessera/data';
import type { Engine, Precision } from '@tessera/engine';
import type { AugmentPlace } from '../augment-place.ts';
import { precisionOn } from '../check/memory-doubt.ts';
import type { Composition } from '../compose.ts';
import type { ImageSet } from '../images.ts';

/** What a run is going to do, beside its recipe. */
export interface Announcement {
  readonly images: ImageSet;
  readonly memory: LoaderMemory;
  readonly place: AugmentPlace;
  /** The run folder. */
  readonly root: string;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly firstStep: number;
}

/** Tells what is about to run. @returns the precision: float32, with a warning, where the engine has not the one that was asked for */
export function announce(
  { bus, recipe, method }: Composition,
  engine: Engine,
  { images, memory, place, root, ...steps }: Announcement,
): Precision {
  const wanted = recipe.trainer.precision;
  const precision = precisionOn(engine, recipe);
  bus.publish({
    type: 'run-started',
    time: Date.now() / 1000,
    runDirectory: root,
    engine: engine.name,
    device: engine.device,
    precision,
    augmentation: place,
    method: recipe.method.name,
    images: images.indices.length,
    parameters: method.variables().reduce((sum, { variable }) => sum + variable.size, 0),
    ...steps,
    data: memory,
  });
  for (const reason of engine.why) bus.publish({ type: 'warning', code: 'W_ENGINE_FALLBACK', message: reason });
  if (precision !== wanted) {
    bus.publish({
      type: 'warning',
      code: 'W_PRECISION',
      message: `the ${engine.name} engine has no ${wanted}; the run computes in ${precision}`,
    });
  }
  return precision;
}
