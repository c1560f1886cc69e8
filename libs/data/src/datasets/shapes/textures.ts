/** Signed distance (roughly) to the border between a texture's two colours: positive on the second. */
export type Texture = (x: number, y: number) => number;

const PERIOD = 0.62;
const WAVE = (2 * Math.PI) / PERIOD;

/** A sine's height over its steepest slope: near its zeros, the distance to them. */
function wave(x: number): number {
  return Math.sin(WAVE * x) / WAVE;
}

const DOT_RADIUS = 0.2;

/** Offset from the centre of the cell that x lies in. */
function cell(x: number): number {
  return x - PERIOD * Math.round(x / PERIOD);
}

export const TEXTURES = {
  solid: () => -1,
  stripes: (_x, y) => wave(y),
  dots: (x, y) => DOT_RADIUS - Math.hypot(cell(x), cell(y)),
  checker: (x, y) => {
    const a = wave(x);
    const b = wave(y);
    return a * b > 0 ? Math.min(Math.abs(a), Math.abs(b)) : -Math.min(Math.abs(a), Math.abs(b));
  },
  rings: (x, y) => wave(Math.hypot(x, y) - PERIOD / 4),
} as const satisfies Readonly<Record<string, Texture>>;
export type TextureName = keyof typeof TEXTURES;
