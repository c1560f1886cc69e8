/** Signed distance to an outline of radius about 1 around the origin: negative inside. y points down. */
export type Outline = (x: number, y: number) => number;

const disc: Outline = (x, y) => Math.hypot(x, y) - 0.9;

const square: Outline = (x, y) => {
  const dx = Math.abs(x) - 0.8;
  const dy = Math.abs(y) - 0.8;
  return Math.min(Math.max(dx, dy), 0) + Math.hypot(Math.max(dx, 0), Math.max(dy, 0));
};

/** The greatest of the distances to the three sides: exact inside, a little small near the corners outside. */
const triangle: Outline = (x, y) => Math.max(y - 0.65, 0.866 * Math.abs(x) - 0.5 * y - 0.62);

const STAR_POINTS = 5;
const STAR_OUTER = 1.1;
const STAR_INNER = 0.5;

/** Folds the plane into half a point, whose edge runs from the tip to the notch. */
const star: Outline = (x, y) => {
  const half = Math.PI / STAR_POINTS;
  const angle = Math.abs((((Math.atan2(x, -y) % (2 * half)) + 3 * half) % (2 * half)) - half);
  const radius = Math.hypot(x, y);
  const px = radius * Math.cos(angle);
  const py = radius * Math.sin(angle);
  const edgeX = STAR_INNER * Math.cos(half) - STAR_OUTER;
  const edgeY = STAR_INNER * Math.sin(half);
  return ((px - STAR_OUTER) * edgeY - py * edgeX) / Math.hypot(edgeX, edgeY);
};

const cross: Outline = (x, y) => {
  const long = Math.max(Math.abs(x), Math.abs(y)) - 1;
  const short = Math.min(Math.abs(x), Math.abs(y)) - 0.38;
  return Math.max(long, short);
};

export const OUTLINES = { disc, square, triangle, star, cross } as const;
export type OutlineName = keyof typeof OUTLINES;
