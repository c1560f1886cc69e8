import { gaussianBlur, type Border } from './gaussian-floats.ts';

/** Rounded half to even, as torch does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor + (floor % 2);
}

/** Separable Gaussian blur of bytes, in place: in float32, rounded once at the end, as torchvision's `gaussian_blur` does with bytes. */
export function gaussianBlurBytes(
  pixels: Uint8Array,
  width: number,
  kernelSize: number,
  sigma: number,
  border: Border = 'reflect',
): void {
  const floats = Float32Array.from(pixels);
  gaussianBlur(floats, width, kernelSize, sigma, border);
  for (let i = 0; i < floats.length; i++) pixels[i] = Math.min(255, Math.max(0, roundHalfToEven(floats[i] as number)));
}
