/** Keys' cubic with a = -0.5 at a distance in pixels: what PIL, torch with `antialias=True` and TensorFlow call bicubic. */
export function keysCubic(distance: number): number {
  const d = Math.abs(distance);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * -0.5;
  return 0;
}
