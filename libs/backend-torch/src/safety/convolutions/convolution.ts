/** A convolution as the hunt for wrong and crashing ones describes it: shapes and settings; its numbers are drawn from the shapes. */
export interface Convolution {
  readonly of: 'images' | 'depthwise' | 'volumes';
  /** NHWC, or NDHWC */
  readonly x: readonly number[];
  /** HWIO (fewer inputs than the images have channels: groups), depthwise HWCM, or DHWIO */
  readonly filter: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** before and after, one axis after the other; of volumes all are the same */
  readonly pads: readonly number[];
  /** the forward pass adds a bias */
  readonly bias?: boolean;
  /** operands are slices of larger tensors */
  readonly views?: boolean;
}

/** What is computed: the result, or the gradient of the input or of the filter. */
export type Wanted = 'forward' | 'input gradient' | 'filter gradient';
export const WANTED: readonly Wanted[] = ['forward', 'input gradient', 'filter gradient'];

/** The same as a convolution of volumes with groups: images are volumes of depth 1. */
export interface Sizes {
  readonly images: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly groups: number;
  /** depth, height, width */
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly out: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** padding before each axis */
  readonly before: readonly number[];
}

export function sizesOf({ of, x, filter, strides, dilations, pads }: Convolution): Sizes {
  const flat = of === 'volumes' ? [] : [1];
  const [size, kernel] = [x.slice(1, -1), filter.slice(0, -2)];
  const out = size.map((length, i) => {
    const room = length + at(pads, 2 * i) + at(pads, 2 * i + 1) - at(dilations, i) * (at(kernel, i) - 1) - 1;
    return Math.max(0, Math.floor(room / at(strides, i)) + 1);
  });
  const [inputs, ofGroup, last] = [at(x, x.length - 1), at(filter, filter.length - 2), at(filter, filter.length - 1)];
  return {
    images: at(x, 0),
    inputs,
    outputs: of === 'depthwise' ? inputs * last : last,
    groups: of === 'depthwise' ? inputs : inputs / ofGroup,
    size: [...flat, ...size],
    kernel: [...flat, ...kernel],
    out: [...flat, ...out],
    strides: [...flat, ...strides],
    dilations: [...flat, ...dilations],
    before: [...flat.map(() => 0), ...size.map((_, i) => at(pads, 2 * i))],
  };
}

/** The shape of the result, as tfjs has it. */
export function resultShape(c: Convolution): number[] {
  const { images, out, outputs } = sizesOf(c);
  return [images, ...(c.of === 'volumes' ? out : out.slice(1)), outputs];
}

/** How many products the result is the sum of. */
export function products(c: Convolution): number {
  const { images, inputs, outputs, groups, kernel, out } = sizesOf(c);
  return images * product(out) * product(kernel) * (inputs / groups) * outputs;
}

export const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

/** An element that is there. */
export function at(numbers: ArrayLike<number>, i: number): number {
  const value = numbers[i];
  if (value === undefined) throw new RangeError(`no element ${i} of ${numbers.length}`);
  return value;
}

/** One line that says which. */
export function describeConvolution({ of, x, filter, strides, dilations, pads, bias, views }: Convolution): string {
  const more = [bias === true ? ' bias' : '', views === true ? ' views' : ''].join('');
  return `${of} [${String(x)}] * [${String(filter)}] stride ${String(strides)} dilation ${String(dilations)} pads ${String(pads)}${more}`;
}
