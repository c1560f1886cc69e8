import type { LoaderMemory } from '@tessera/data';
import type { Engine, Precision } from '@tessera/engine';
import type { AugmentPlace } from '../augment-place.ts';
import { precisionOn } from '../check/memory-doubt.ts';
import type { Composition } from '../compose.ts';
import { subsetOf } from '../images/image-subsets.ts';
import type { ImageSet } from '../images/images.ts';
import { fewSteps } from './few-steps.ts';

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
  const subset = subsetOf(images, recipe.data);
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
    ...(subset.all.length + subset.by.length > 0 && { subset: { of: subset.of, by: subset.by, all: subset.all } }),
    parameters: method.variables().reduce((sum, { variable }) => sum + variable.size, 0),
    ...steps,
    data: memory,
  });
  for (const reason of engine.why) bus.publish({ type: 'warning', code: 'W_ENGINE_FALLBACK', message: reason });
  const few = fewSteps(recipe.trainer, steps.stepsPerEpoch);
  if (few !== undefined) bus.publish({ type: 'warning', code: 'W_FEW_STEPS', message: few });
  if (precision !== wanted) {
    bus.publish({
      type: 'warning',
      code: 'W_PRECISION',
      message: `the ${engine.name} engine has no ${wanted}; the run computes in ${precision}`,
    });
  }
  return precision;
}
