import { openEngine, type DeviceChoice, type Engine } from '@tessera/engine';
import type { Recipe } from './recipe/schema.ts';

/** The engine of a recipe, on the device of the recipe. @throws TesseraError what openEngine throws */
export function openRecipeEngine({
  engine,
  threads,
  device,
  tf32,
}: Pick<Recipe['trainer'], 'engine' | 'threads' | 'device' | 'tf32'>): Promise<Engine> {
  // The recipe's schema knows the form of a device's name.
  return openEngine(engine, { device: device as DeviceChoice, tf32, ...(threads === null ? {} : { threads }) });
}
