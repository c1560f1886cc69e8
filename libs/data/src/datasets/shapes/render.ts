import { stream, type RandomKey, type RgbImage } from '@tessera/core';
import { blend, paintBackground } from './background.ts';
import type { ShapeClass } from './classes.ts';
import { contrastingColour, luma, type Colour } from './colour.ts';
import { OUTLINES } from './outlines.ts';
import { TEXTURES } from './textures.ts';

/** Where the object is, in pixels and radians. */
interface Pose {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly angle: number;
}

let scratch = new Float32Array(0);

/** Draws one image of a class; everything but outline and texture is a nuisance, drawn from the key. */
export function renderShape(key: RandomKey, shape: ShapeClass, size: number): RgbImage {
  const random = stream(key);
  if (scratch.length < size * size * 3) scratch = new Float32Array(size * size * 3);
  const pixels = scratch.subarray(0, size * size * 3);
  const brightness = paintBackground(pixels, size, random);
  const ink = contrastingColour(random, brightness, 0.25);
  const pattern = contrastingColour(random, luma(ink), 0.35);
  const radius = size * random.uniform(0.26, 0.42);
  const slack = size / 2 - radius * 0.8;
  const pose = {
    x: size / 2 + random.uniform(-slack, slack),
    y: size / 2 + random.uniform(-slack, slack),
    radius,
    angle: random.uniform(-0.5, 0.5),
  };
  paintObject(pixels, size, shape, pose, ink, pattern);
  return { width: size, height: size, data: withNoise(pixels, random.uniform(0, 0.06), random.word()) };
}

function paintObject(
  pixels: Float32Array,
  size: number,
  { outline, texture }: ShapeClass,
  pose: Pose,
  ink: Colour,
  pattern: Colour,
): void {
  const distanceTo = OUTLINES[outline];
  const patternAt = TEXTURES[texture];
  const { x: centreX, y: centreY, radius, angle } = pose;
  const cos = Math.cos(angle) / radius;
  const sin = Math.sin(angle) / radius;
  const reach = radius * 1.3 + 1;
  const left = Math.max(0, Math.floor(centreX - reach));
  const right = Math.min(size - 1, Math.ceil(centreX + reach));
  const top = Math.max(0, Math.floor(centreY - reach));
  const bottom = Math.min(size - 1, Math.ceil(centreY + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const dx = x + 0.5 - centreX;
      const dy = y + 0.5 - centreY;
      const u = dx * cos + dy * sin;
      const v = dy * cos - dx * sin;
      const cover = 0.5 - distanceTo(u, v) * radius;
      if (cover <= 0) continue;
      const share = Math.min(1, Math.max(0, 0.5 + patternAt(u, v) * radius));
      const colour: Colour = [
        ink[0] + (pattern[0] - ink[0]) * share,
        ink[1] + (pattern[1] - ink[1]) * share,
        ink[2] + (pattern[2] - ink[2]) * share,
      ];
      blend(pixels, (y * size + x) * 3, colour, cover);
    }
  }
}

/** Adds uniform noise per value (Marsaglia's xorshift32: thousands of numbers an image, quality is no matter) and rounds to bytes. */
function withNoise(pixels: Float32Array, amplitude: number, seed: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  let state = seed | 1;
  for (let i = 0; i < out.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const value = ((pixels[i] as number) + amplitude * (state / 2 ** 31)) * 255 + 0.5;
    out[i] = value < 0 ? 0 : value > 255 ? 255 : value | 0;
  }
  return out;
}
