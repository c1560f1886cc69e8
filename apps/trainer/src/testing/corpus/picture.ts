import sharp, { type Sharp } from 'sharp';

/** 8-bit RGB, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture by a formula. */
export function draw(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 3);
  return { width, height, data };
}

const QUARTERS = [
  [220, 30, 40],
  [20, 180, 60],
  [30, 60, 200],
  [230, 210, 20],
] as const;

/** Four quarters of four colours, 32x16: no turn or mirror image of it looks the same. */
export const quarters = draw(32, 16, (x, y) => QUARTERS[(y < 8 ? 0 : 2) + (x < 16 ? 0 : 1)] ?? [0, 0, 0]);

/** The same in gray: the first channel only. */
export const grayQuarters = draw(32, 16, (x, y) => {
  const value = quarters.data[(y * 32 + x) * 3] ?? 0;
  return [value, value, value];
});

/** Something to compress: waves and noise, 64x48. */
export const waves = draw(64, 48, (x, y) => [
  128 + 100 * Math.sin(x / 5) * Math.cos(y / 7),
  (x * 7919 + y * 104_729) % 256,
  2 * x + 2 * y,
]);

/** A picture as sharp takes it. */
export function pixels({ width, height, data }: Picture): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}
