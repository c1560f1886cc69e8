import type { Doubt } from '@tessera/core';

/** Whether a temperature is one for cosine similarities, where embeddings of any length are multiplied (`normalize: false`). */
export function lengthDoubt(temperature: number): Doubt | undefined {
  if (temperature >= 1) return undefined;
  return {
    code: 'W_NOT_NORMALIZED',
    message: `embeddings of any length, divided by a temperature of ${String(temperature)}: without normalisation the paper needs 10 to 100`,
  };
}
