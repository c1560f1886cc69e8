import type { Json } from '../json.ts';
import type { RandomKey } from '../random/key.ts';
import type { DeviceHalf, HostOnly } from './device-half.ts';

/** 8-bit RGB, row-major, interleaved: `data[(y * width + x) * 3 + channel]`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** The views of one resolution that an augmenter makes of each image. Sizes in pixels, views are square. */
export interface ViewSpec {
  readonly count: number;
  readonly size: number;
  readonly channels: number;
}

/** `uint8` 0..255, or `float32` nominally [0, 1] (unclamped where the op's definition says so). */
export type PixelType = 'uint8' | 'float32';

/** The drawn parameters of all of an image's views; plain JSON, so previews and device pipelines can replay them. */
export type Plan = Json;

/** One array a view group, crop-major [count, size, size, channels], of the augmenter's pixel type. */
export type Views = readonly (Uint8Array | Float32Array)[];

/** Makes views of an image. `sample` draws parameters, `apply` computes pixels; together they are deterministic in the keys. */
export interface Augmenter {
  readonly views: readonly ViewSpec[];
  readonly pixelType: PixelType;
  /** @param key of (seed, epoch, sample) @param batchKey of (seed, epoch, batch), for ops that draw once a batch */
  sample(key: RandomKey, batchKey: RandomKey, width: number, height: number): Plan;
  /**
   * @param out where given, write into these arrays (one a group) instead of allocating
   * @param done where given, call it after each stage of each view, `crop` and then each op, with its name: benchmarks tell time per op by it
   */
  apply(image: RgbImage, plan: Plan, out?: Views, done?: (stage: string) => void): Views;
  /** How the ops after the crop run on the engine, or why they cannot. Absent: on the host only. */
  readonly device?: DeviceHalf | HostOnly;
}

/** What a data set reads: a file's bytes still to be decoded, or pixels. */
export type Picture =
  { readonly kind: 'encoded'; readonly bytes: Uint8Array } | { readonly kind: 'pixels'; readonly image: RgbImage };

/** An ordered, indexed set of images. The same source gives the same order. Lives in the main thread; workers only read locators. */
export interface Dataset {
  /** Number of images. */
  readonly size: number;
  /** Where the images are, in messages: the folder of the split, say. Absent: the data set's name says it. */
  readonly place?: string;
  /** Class names by label; absent where there are no labels. */
  readonly classes?: readonly string[];
  /** Class of an image, where there are classes. */
  label(index: number): number | undefined;
  /** Where an image is: plain JSON that travels to a worker and is read there by the extension's `read`. */
  locate(index: number): Json;
  /** What to call the image in messages: a path, usually. */
  describe(index: number): string;
  /** Name within the source, with `/` between its parts: what a file list calls the image. Absent where images have no names. */
  name?(index: number): string;
  /** What was doubtful in the source, for a person: told once, as warning events. */
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
}
