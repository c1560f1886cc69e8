import type { RandomStream } from '@tessera/core';

/** Red, green, blue in [0, 1]. */
export type Colour = readonly [number, number, number];

export function luma([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Hue in turns; all in [0, 1]. */
function fromHsv(hue: number, saturation: number, value: number): Colour {
  const channel = (offset: number): number => {
    const k = (offset + hue * 6) % 6;
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Any hue, muted: with vivid colours, images are told apart by colour alone, and contrastive learning finds little else. */
export function randomColour(random: RandomStream): Colour {
  return fromHsv(random.uniform(), random.uniform(0, 0.35), random.uniform(0.15, 1));
}

const TRIES = 12;

/** A colour whose brightness differs from another's by at least `contrast` (or the best of a few tries). */
export function contrastingColour(random: RandomStream, other: number, contrast: number): Colour {
  let best = randomColour(random);
  for (let i = 0; i < TRIES && Math.abs(luma(best) - other) < contrast; i++) {
    const next = randomColour(random);
    if (Math.abs(luma(next) - other) > Math.abs(luma(best) - other)) best = next;
  }
  return best;
}
