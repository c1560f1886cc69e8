/** What is added to the hue's byte, modulo 256: torchvision's `np.int32(turns * 255).astype(np.uint8)`. */
export function hueTurn(turns: number): number {
  return Math.trunc(turns * 255) & 255;
}

/** Hue of PIL's `convert('HSV')`, 0..255. PIL mixes float32 and double; every `fround` is one of its floats. */
function hueOf(red: number, green: number, blue: number, high: number, low: number): number {
  const chroma = high - low;
  const r = Math.fround((high - red) / chroma);
  const g = Math.fround((high - green) / chroma);
  const b = Math.fround((high - blue) / chroma);
  const sixths = Math.fround(red === high ? b - g : green === high ? 2 + r - b : 4 + g - r);
  return Math.trunc(Math.fround((sixths / 6 + 1) % 1) * 255);
}

/** Rounded half up, as C's `round` on what is not negative. */
function round(value: number): number {
  return Math.floor(value + 0.5);
}

/**
 * Turns the hue through PIL's 8-bit HSV and back, in place: torchvision's `adjust_hue` on PIL images. Colours change a little even where
 * the turn is 0, because HSV has only 256 hues.
 * @param turns in [-0.5, 0.5] of the full circle
 */
export function hueBytes(pixels: Uint8Array, turns: number): void {
  const turn = hueTurn(turns);
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i] as number;
    const green = pixels[i + 1] as number;
    const blue = pixels[i + 2] as number;
    const value = Math.max(red, green, blue);
    const low = Math.min(red, green, blue);
    if (value === low) continue;
    const hue = (hueOf(red, green, blue, value, low) + turn) & 255;
    const saturation = Math.trunc(Math.fround((value - low) / value) * 255);

    const sector = Math.floor((hue * 6) / 255);
    const fraction = Math.fround((hue * 6) / 255 - sector);
    const share = Math.fround(saturation / 255);
    const p = round(value * (1 - share));
    const q = round(value * (1 - Math.fround(share * fraction)));
    const t = round(value * (1 - share * (1 - fraction)));
    const [r, g, b] = colourOf(sector % 6, value, p, q, t);
    pixels[i] = r;
    pixels[i + 1] = g;
    pixels[i + 2] = b;
  }
}

function colourOf(sector: number, v: number, p: number, q: number, t: number): readonly [number, number, number] {
  switch (sector) {
    case 0:
      return [v, t, p];
    case 1:
      return [q, v, p];
    case 2:
      return [p, v, t];
    case 3:
      return [p, q, v];
    case 4:
      return [t, p, v];
    default:
      return [v, p, q];
  }
}
