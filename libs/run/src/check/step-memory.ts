import type { Doubt, RunFacts } from '@tessera/core';
import type { Engine } from '@tessera/engine';
import type { Composition } from '../compose.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { machineMemory } from './machine-memory.ts';
import { memoryDoubt, mightExceed, precisionOn } from './memory-doubt.ts';
import { viewsOf } from './run-facts.ts';
import { stepCost } from './step-cost.ts';

/**
 * Whether a step of a run is likely to take more memory than this machine has. Measures steps of a few images on the open engine where
 * that is in question; a GPU's memory is not known here, and a step that cannot be measured is left to the run.
 */
export async function stepMemoryDoubt(
  prepared: PreparedRecipe,
  { method }: Pick<Composition, 'method'>,
  engine: Engine,
  bufferBytes: number,
): Promise<Doubt | undefined> {
  const machineBytes = machineMemory();
  const facts: Pick<RunFacts, 'batchSize' | 'views'> = {
    batchSize: prepared.recipe.trainer.batchSize,
    views: viewsOf(prepared),
  };
  const parameters = method.variables().reduce((sum, { variable }) => sum + variable.size, 0);
  if (engine.device !== 'cpu' || !mightExceed(facts, parameters, machineBytes)) return undefined;
  try {
    const { peakBytes: stepBytes } = await stepCost(prepared, () => undefined);
    const precision = precisionOn(engine, prepared.recipe);
    return memoryDoubt({ stepBytes, precision, bufferBytes, machineBytes }, facts);
  } catch {
    return undefined;
  }
}
