/** google-research/simclr's ops, against TensorFlow's own (make_google_ops.py). For tests only. */
import { readFileSync } from 'node:fs';
import { it } from 'vitest';
import { expectNear, oracleImage, type Image } from './like-torchvision.ts';

const { cases } = JSON.parse(readFileSync(new URL('./google_ops.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly {
    readonly op: string;
    readonly value: number | readonly number[];
    readonly output: Image;
  }[];
};

/**
 * Registers the oracle's cases of one op.
 * @param apply computes in place, or returns a Float32Array of other pixels; gets the image and the case's numbers
 * @param image default the oracles' own @param tolerance largest difference of values in [0, 1]
 */
export function likeTensorFlow(
  op: string,
  apply: (pixels: Float32Array, values: readonly number[], width: number) => unknown,
  { image = oracleImage, tolerance = 1e-5 }: { readonly image?: Image; readonly tolerance?: number } = {},
): void {
  const own = cases.filter((each) => each.op === op);
  it.each(own.map(({ value, output }) => [JSON.stringify(value), value, output] as const))(
    `${op} %s is TensorFlow's`,
    (_title, value, output) => {
      const pixels = Float32Array.from(image.flat(2));
      const values = typeof value === 'number' ? [value] : value;
      const made = apply(pixels, values, image[0]?.length ?? 0);
      expectNear(made instanceof Float32Array ? made : pixels, output, tolerance);
    },
  );
}
