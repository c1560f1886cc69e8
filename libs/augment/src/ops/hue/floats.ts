function clampUnit(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/**
 * Turns the hue in HSV, in place: torchvision's `adjust_hue`. With v = max and c = max - min, its p, q and t are v - c, v - c f and
 * v - c (1 - f), so no division by v is needed (and none by zero).
 * @param turns in [-0.5, 0.5] of the full circle
 */
export function hue(pixels: Float32Array, turns: number): void {
  const shift = turns * 6;
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i] as number;
    const green = pixels[i + 1] as number;
    const blue = pixels[i + 2] as number;
    const v = red > green ? (red > blue ? red : blue) : green > blue ? green : blue;
    const low = red < green ? (red < blue ? red : blue) : green < blue ? green : blue;
    const chroma = v - low;
    if (chroma === 0) continue;
    // Position on the hue hexagon, in sixths of the circle.
    let h = v === red ? (green - blue) / chroma : v === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
    h += shift;
    if (h < 0) h += 6;
    else if (h >= 6) h -= 6;
    const sector = h | 0;
    const fraction = h - sector;
    const p = clampUnit(low);
    // The third channel falls in odd sectors (q) and rises in even ones (t).
    const between = clampUnit(v - chroma * (sector & 1 ? fraction : 1 - fraction));
    switch (sector) {
      case 1:
        pixels[i] = between;
        pixels[i + 1] = v;
        pixels[i + 2] = p;
        break;
      case 2:
        pixels[i] = p;
        pixels[i + 1] = v;
        pixels[i + 2] = between;
        break;
      case 3:
        pixels[i] = p;
        pixels[i + 1] = between;
        pixels[i + 2] = v;
        break;
      case 4:
        pixels[i] = between;
        pixels[i + 1] = p;
        pixels[i + 2] = v;
        break;
      case 5:
        pixels[i] = v;
        pixels[i + 1] = p;
        pixels[i + 2] = between;
        break;
      default:
        pixels[i] = v;
        pixels[i + 1] = between;
        pixels[i + 2] = p;
    }
  }
}
