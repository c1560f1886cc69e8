import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addBrightness } from './brightness/add-brightness.ts';
import { brightness } from './brightness/floats.ts';
import { channelContrast } from './contrast/channel-contrast.ts';
import { gaussianBlur } from './gaussian-blur/gaussian-floats.ts';
import { hsvSaturation } from './saturation/hsv-saturation.ts';
import { hue } from './hue/floats.ts';
import { resizedCrop } from '../resample/resized-crop.ts';
import { rotateQuarters } from './rotate/floats.ts';
import { sobel } from './sobel/floats.ts';

type Image = readonly (readonly (readonly number[])[])[];
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../testdata/${name}.json`, import.meta.url), 'utf8'));
const { image } = read('augment_ops') as { readonly image: Image };
/** Made by TensorFlow's own ops: testdata/make_google_ops.py. */
const { cases } = read('google_ops') as {
  readonly cases: readonly {
    readonly op: string;
    readonly value: number | readonly number[];
    readonly output: Image;
  }[];
};
const width = image[0]?.length ?? 0;

function run(op: string, value: number | readonly number[]): Float32Array {
  const [first = NaN, second = NaN] = typeof value === 'number' ? [value] : value;
  const square = op === 'rotateQuarters' ? image.slice(0, 10).map((row) => row.slice(0, 10)) : image;
  const pixels = Float32Array.from(square.flat(2));
  if (op === 'brightness') brightness(pixels, first);
  else if (op === 'addBrightness') addBrightness(pixels, first);
  else if (op === 'channelContrast') channelContrast(pixels, first);
  else if (op === 'hsvSaturation') hsvSaturation(pixels, first);
  else if (op === 'hue') hue(pixels, first);
  else if (op === 'resizedCrop') return resized(value);
  else if (op === 'gaussianBlur') gaussianBlur(pixels, width, first, second, 'zero');
  else if (op === 'sobel') sobel(pixels, width);
  else if (op === 'rotateQuarters') rotateQuarters(pixels, 10, first);
  else throw new Error(`no op ${op}`);
  return pixels;
}

function resized(value: number | readonly number[]): Float32Array {
  const [top = NaN, left = NaN, height = NaN, boxWidth = NaN, outHeight = NaN, outWidth = NaN] = [value].flat();
  const out = new Float32Array(outHeight * outWidth * 3);
  const source = { width, height: image.length, data: Float32Array.from(image.flat(2)) };
  resizedCrop(source, { top, left, height, width: boxWidth }, outHeight, outWidth, 'bicubic-google', out);
  return out;
}

describe("google-research/simclr's ops, against TensorFlow", () => {
  it.each(cases.map((each) => [each.op, JSON.stringify(each.value), each] as const))('%s %s', (_op, _value, each) => {
    const expected = each.output.flat(2);
    const got = run(each.op, each.value);
    expect(got.length).toBe(expected.length);
    const error = Math.max(...expected.map((value, i) => Math.abs(value - (got[i] ?? NaN))));
    // TensorFlow's hue rounds through its own HSV.
    expect(error).toBeLessThan(each.op === 'hue' ? 1e-3 : 1e-5);
  });
});
