/** Ops on floats, against torchvision's functional transforms on float tensors (`source` of augment_ops.json). For tests only. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

export type Image = readonly (readonly (readonly number[])[])[];
type Parameters = Readonly<Record<string, number | string>>;

const { image, cases } = JSON.parse(readFileSync(new URL('./augment_ops.json', import.meta.url), 'utf8')) as {
  readonly image: Image;
  readonly cases: readonly { readonly op: string; readonly params: Parameters; readonly output: Image }[];
};

/** The image that the numbers of torchvision and of TensorFlow were made from. */
export const oracleImage = image;

/**
 * Registers the oracle's cases of one op.
 * @param apply computes in place, or returns a Float32Array of other pixels @param tolerance largest difference of values in [0, 1]
 */
export function likeTorchvision(
  op: string,
  apply: (
    pixels: Float32Array,
    number: (name: string) => number,
    side: { readonly width: number; readonly height: number },
    params: Parameters,
  ) => unknown,
  tolerance = 1e-4,
): void {
  const own = cases.filter((each) => each.op === op);
  it.each(own.map(({ params, output }) => [JSON.stringify(params), params, output] as const))(
    `${op} %s is torchvision's on float tensors`,
    (_title, params, output) => {
      const pixels = Float32Array.from(image.flat(2));
      const side = { width: image[0]?.length ?? 0, height: image.length };
      const made = apply(pixels, (name) => Number(params[name]), side, params);
      expectNear(made instanceof Float32Array ? made : pixels, output, tolerance);
    },
  );
}

export function expectNear(got: Float32Array, output: Image, tolerance: number): void {
  const want = output.flat(2);
  expect(got.length).toBe(want.length);
  expect(Math.max(...want.map((value, i) => Math.abs(value - (got[i] ?? NaN))))).toBeLessThan(tolerance);
}
