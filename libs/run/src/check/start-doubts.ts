import { doubts, type Doubt } from '@tessera/core';
import type { LoaderMemory } from '@tessera/data';
import type { Engine } from '@tessera/engine';
import type { Composition } from '../compose.ts';
import { dataFacts, imageDoubts, type RunImages } from '../images/open-images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { engineDoubts } from './engine-doubts.ts';
import { runDoubts } from './run-doubts.ts';
import { stepMemoryDoubt } from './step-memory.ts';

/** What is open before a run's first step. */
interface Opened {
  readonly composition: Composition;
  readonly engine: Engine;
  /** Of the training loader. */
  readonly memory: LoaderMemory;
}

/** Everything that is doubtful about a run that is about to start. */
export async function startDoubts(
  prepared: PreparedRecipe,
  images: RunImages,
  { composition, engine, memory }: Opened,
): Promise<readonly Doubt[]> {
  return [
    ...imageDoubts(images),
    ...runDoubts(prepared, dataFacts(prepared, images)),
    ...engineDoubts(prepared.recipe, engine),
    ...doubts(await stepMemoryDoubt(prepared, composition, engine, memory.bufferBytes)),
  ];
}
