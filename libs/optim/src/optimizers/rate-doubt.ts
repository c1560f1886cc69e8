import type { Doubt } from '@tessera/core';

/**
 * Whether steps are so long that they undo what was learnt.
 * @param length of a step, in the unit of `most`
 * @param says what the length is, for the message
 */
export function rateDoubt(highestLearningRate: number, length: number, most: number, says: string): Doubt | undefined {
  if (length <= most) return undefined;
  return {
    code: 'W_LEARNING_RATE',
    message: `the learning rate goes up to ${shortly(highestLearningRate)}: ${says}; runs that learn stay far below`,
  };
}

const shortly = (value: number): string => String(Number(value.toPrecision(3)));

/** SGD: a constant gradient moves weights by rate / (1 - momentum) times it in a step. Published pre-training stays below 10. */
export function sgdRateDoubt(rate: number, momentum: number): Doubt | undefined {
  const gain = rate / (1 - momentum);
  return rateDoubt(rate, gain, 50, `with momentum ${String(momentum)} a step is ${shortly(gain)} times the gradient`);
}

/** Adam: every weight moves by about the rate in a step, and weights start at some hundredths. */
export function adamRateDoubt(rate: number): Doubt | undefined {
  return rateDoubt(
    rate,
    rate,
    0.05,
    'with Adam every weight moves by about so much in a step, and weights are some hundredths',
  );
}

/** LARS and LARC: a layer moves by rate times trust coefficient of its own length in a step. */
export function layerwiseRateDoubt(rate: number, trustCoefficient: number): Doubt | undefined {
  const share = rate * trustCoefficient;
  return rateDoubt(
    rate,
    share,
    0.1,
    `with trustCoefficient ${String(trustCoefficient)} a layer moves by ${String(Math.round(100 * share))} % of its length in a step`,
  );
}
