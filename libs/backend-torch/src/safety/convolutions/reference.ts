import { at, product, sizesOf } from './convolution.ts';
import type { Convolution, Wanted } from './convolution.ts';
import type { Operands } from './operands.ts';

/** The three results of a convolution by their definition, one product after the other: slow and obvious. */
export function reference(c: Convolution, { x, filter, dy, bias }: Operands): Readonly<Record<Wanted, Float64Array>> {
  const { images, inputs, outputs, groups, size, kernel, out, strides, dilations, before } = sizesOf(c);
  const [insOfGroup, outsOfGroup] = [inputs / groups, outputs / groups];
  const [pixels, places, taps] = [product(size), product(out), product(kernel)];
  const y = new Float64Array(images * places * outputs);
  const dx = new Float64Array(images * pixels * inputs);
  const dw = new Float64Array(taps * insOfGroup * outputs);
  if (c.bias === true) for (let i = 0; i < y.length; i++) y[i] = at(bias, i % outputs);
  for (let place = 0; place < places; place++) {
    for (let tap = 0; tap < taps; tap++) {
      const pixel = pixelUnder(place, tap);
      if (pixel < 0) continue;
      for (let image = 0; image < images; image++) sum(image * places + place, image * pixels + pixel, tap);
    }
  }
  return { forward: y, 'input gradient': dx, 'filter gradient': dw };

  /** The pixel that a place of the filter sees there; negative in the padding. */
  function pixelUnder(place: number, tap: number): number {
    let pixel = 0;
    for (let axis = 0; axis < 3; axis++) {
      const p = Math.floor(place / product(out.slice(axis + 1))) % at(out, axis);
      const t = Math.floor(tap / product(kernel.slice(axis + 1))) % at(kernel, axis);
      const i = p * at(strides, axis) + t * at(dilations, axis) - at(before, axis);
      if (i < 0 || i >= at(size, axis)) return -1;
      pixel = pixel * at(size, axis) + i;
    }
    return pixel;
  }

  function sum(yRow: number, xRow: number, tap: number): void {
    for (let group = 0; group < groups; group++) {
      const from = yRow * outputs + group * outsOfGroup;
      for (let i = 0; i < insOfGroup; i++) {
        const [at0, w0] = [
          xRow * inputs + group * insOfGroup + i,
          (tap * insOfGroup + i) * outputs + group * outsOfGroup,
        ];
        const value = x[at0] ?? NaN;
        let gradient = 0;
        for (let o = 0; o < outsOfGroup; o++) {
          const weight = filter[w0 + o] ?? NaN;
          const dyValue = dy[from + o] ?? NaN;
          y[from + o] = (y[from + o] ?? NaN) + value * weight;
          dw[w0 + o] = (dw[w0 + o] ?? NaN) + value * dyValue;
          gradient += weight * dyValue;
        }
        dx[at0] = (dx[at0] ?? NaN) + gradient;
      }
    }
  }
}

/** Where and how much a result differs from the reference; undefined where it does not. In bfloat16 it is the nearest one. */
export function difference(actual: Float32Array, wanted: Float64Array, precision: 'f32' | 'bf16'): string | undefined {
  if (actual.length !== wanted.length) return `${actual.length} elements instead of ${wanted.length}`;
  let [count, first, worst] = [0, -1, 0];
  for (let i = 0; i < wanted.length; i++) {
    const [is, right] = [at(actual, i), at(wanted, i)];
    const off = Math.abs(is - right);
    // bfloat16 has eight bits of mantissa: the nearest number is at most 2^-9 of it away.
    if (off <= (precision === 'bf16' ? Math.abs(right) * 2 ** -8 : 0)) continue;
    if (count++ === 0) first = i;
    worst = Math.max(worst, Number.isFinite(off) ? off : Infinity);
  }
  if (count === 0) return undefined;
  const what = `element ${first} is ${at(actual, first)} and not ${at(wanted, first)}`;
  return `${count} of ${wanted.length} elements are wrong by up to ${worst}: ${what}`;
}
