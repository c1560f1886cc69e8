import type { RandomStream } from '@tessera/core';
import { luma, randomColour, type Colour } from './colour.ts';

/** Fills [size, size, 3] with a gradient between two colours, clutter and noise. @returns its mean brightness */
export function paintBackground(pixels: Float32Array, size: number, random: RandomStream): number {
  const from = randomColour(random);
  const to = randomColour(random);
  paintGradient(pixels, size, from, to, random.uniform(0, 2 * Math.PI));
  const bits = random.integer(5);
  for (let i = 0; i < bits; i++) {
    const colour = randomColour(random);
    const x = random.uniform(0, size);
    const y = random.uniform(0, size);
    const length = size * random.uniform(0.02, 0.25);
    const angle = random.uniform(0, Math.PI);
    paintStroke(
      pixels,
      size,
      colour,
      x,
      y,
      Math.cos(angle) * length,
      Math.sin(angle) * length,
      size * random.uniform(0.02, 0.06),
    );
  }
  return (luma(from) + luma(to)) / 2;
}

function paintGradient(pixels: Float32Array, size: number, from: Colour, to: Colour, angle: number): void {
  const dx = Math.cos(angle) / size;
  const dy = Math.sin(angle) / size;
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const share = Math.min(1, Math.max(0, 0.5 + (x - size / 2) * dx + (y - size / 2) * dy));
      for (let c = 0; c < 3; c++)
        pixels[at++] = (from[c] as number) + ((to[c] as number) - (from[c] as number)) * share;
    }
  }
}

/** A line with round ends, or a blob where it is short. */
function paintStroke(
  pixels: Float32Array,
  size: number,
  colour: Colour,
  x0: number,
  y0: number,
  dx: number,
  dy: number,
  radius: number,
): void {
  const left = Math.max(0, Math.floor(Math.min(x0, x0 + dx) - radius - 1));
  const right = Math.min(size - 1, Math.ceil(Math.max(x0, x0 + dx) + radius + 1));
  const top = Math.max(0, Math.floor(Math.min(y0, y0 + dy) - radius - 1));
  const bottom = Math.min(size - 1, Math.ceil(Math.max(y0, y0 + dy) + radius + 1));
  const squared = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const along = squared > 0 ? Math.min(1, Math.max(0, ((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / squared)) : 0;
      const distance = Math.hypot(x + 0.5 - x0 - along * dx, y + 0.5 - y0 - along * dy) - radius;
      blend(pixels, (y * size + x) * 3, colour, 0.5 - distance);
    }
  }
}

/** Mixes a colour into a pixel. @param share clamped to [0, 1] */
export function blend(pixels: Float32Array, at: number, colour: Colour, share: number): void {
  if (share <= 0) return;
  const weight = Math.min(1, share);
  for (let c = 0; c < 3; c++) {
    const old = pixels[at + c] as number;
    pixels[at + c] = old + ((colour[c] as number) - old) * weight;
  }
}
