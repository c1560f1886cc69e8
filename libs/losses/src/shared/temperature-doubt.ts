import type { Doubt } from '@tessera/core';

/** Published ones of losses on cosine similarities are between 0.01 (CLIP's floor) and 1. */
const LOWEST = 0.01;
const HIGHEST = 5;

/** Whether a temperature that divides cosine similarities is one at which they make too much of a difference, or none. */
export function temperatureDoubt(temperature: number): Doubt | undefined {
  if (temperature >= LOWEST && temperature <= HIGHEST) return undefined;
  const effect =
    temperature < LOWEST
      ? 'rounding decides the loss, and its gradient is as much too large'
      : 'the loss is nearly the same for all embeddings, and its gradient as much too small';
  return {
    code: 'W_TEMPERATURE',
    message: `a temperature of ${String(temperature)} for cosine similarities, which go from -1 to 1: ${effect}; papers take 0.05 to 1`,
  };
}
