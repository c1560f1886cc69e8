/** augment_ops.json: pixel operations on float images, unclamped. */
import {
  brightness,
  contrast,
  gaussianBlur,
  grayscale,
  horizontalFlip,
  hue,
  resizedCrop,
  saturation,
  solarize,
  type Interpolation,
} from '@tessera/augment';
import { attempt, flatten, largestDifference, type Measurement, type Nested } from '../measurement.ts';

interface File {
  /** [H][W][3] */
  readonly image: readonly (readonly (readonly number[])[])[];
  readonly cases: readonly {
    readonly op: string;
    readonly params: Readonly<Record<string, number | string | boolean>>;
    readonly output: Nested;
  }[];
}

interface Image {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}
type Numbers = (name: string) => number;

/** Runs in place, or returns another image. */
type Run = (image: Image, number: Numbers, params: Readonly<Record<string, unknown>>) => Float32Array | undefined;

const inPlace =
  (op: (image: Image, number: Numbers) => void): Run =>
  (image, number) => {
    op(image, number);
    return undefined;
  };

const operations: ReadonlyMap<string, Run> = new Map([
  [
    'brightness',
    inPlace(({ data }, number) => {
      brightness(data, number('factor'));
    }),
  ],
  [
    'contrast',
    inPlace(({ data }, number) => {
      contrast(data, number('factor'));
    }),
  ],
  [
    'saturation',
    inPlace(({ data }, number) => {
      saturation(data, number('factor'));
    }),
  ],
  [
    'hue',
    inPlace(({ data }, number) => {
      hue(data, number('factor'));
    }),
  ],
  [
    'grayscale',
    inPlace(({ data }) => {
      grayscale(data);
    }),
  ],
  [
    'solarize',
    inPlace(({ data }, number) => {
      solarize(data, number('threshold'));
    }),
  ],
  [
    'horizontalFlip',
    inPlace(({ data, width }) => {
      horizontalFlip(data, width);
    }),
  ],
  [
    'gaussianBlur',
    inPlace(({ data, width }, number) => {
      gaussianBlur(data, width, number('kernelSize'), number('sigma'));
    }),
  ],
  ['resizedCrop', crop],
]);

function crop(image: Image, number: Numbers, params: Readonly<Record<string, unknown>>): Float32Array {
  const out = new Float32Array(number('outHeight') * number('outWidth') * 3);
  const box = { top: number('top'), left: number('left'), height: number('height'), width: number('width') };
  if (params['antialias'] === false) throw new Error('resizedCrop without antialiasing is not there');
  resizedCrop(image, box, number('outHeight'), number('outWidth'), params['interpolation'] as Interpolation, out);
  return out;
}

export function* augmentOps(file: unknown): Iterable<Measurement> {
  const { image, cases } = file as File;
  for (const { op, params, output } of cases) {
    const name = `${op} ${JSON.stringify(params)}`;
    yield* attempt(name, function* () {
      const run = operations.get(op);
      if (!run) throw new Error(`no operation '${op}'`);
      const number: Numbers = (parameter) => {
        const value = params[parameter];
        if (typeof value !== 'number') throw new Error(`${op} has no number '${parameter}'`);
        return value;
      };
      const pixels = { data: Float32Array.from(flatten(image)), height: image.length, width: image[0]?.length ?? 0 };
      const error = largestDifference(run(pixels, number, params) ?? pixels.data, output);
      yield { case: name, quantity: 'pixels', error, tolerance: op === 'hue' ? 1e-3 : 1e-4 };
    });
  }
}
