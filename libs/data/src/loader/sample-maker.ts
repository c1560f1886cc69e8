import {
  fold,
  isTesseraError,
  messageOf,
  rootKey,
  TesseraError,
  type Augmenter,
  type DatasetExtension,
  type DeviceHalf,
  type Json,
  type RandomKey,
  type RgbImage,
  type Views,
} from '@tessera/core';
import { decode } from '../decode/decode.ts';
import type { PixelRange } from '../decode/deep.ts';
import { PixelCache } from '../decode/pixel-cache.ts';
import { reasonOf } from '../decode/reason.ts';
import type { DecodedImage } from '../decode/sharp-decode.ts';
import type { BatchArrays } from './batch-buffer.ts';
import { planesOf, type Plane } from './planes.ts';
import type { BadRow, DeepRow, Task, TaskResult } from './task.ts';

/** Decodes in flight: libvips works in libuv's threads while this thread augments. */
export const IN_FLIGHT = 6;

export interface SampleMakerOptions {
  readonly reader: DatasetExtension;
  readonly augmenter: Augmenter;
  readonly augmenterName: string;
  /** The augmenter's device half, where the engine finishes the views: crops and parameters are made. */
  readonly device?: DeviceHalf;
  readonly seed: number;
  readonly cacheBytes: number;
  /** Black and white in images of more than 8 bits a channel. Part of what is kept decoded: a maker has one. */
  readonly range: PixelRange | null;
}

/** Turns tasks into pixels: read, decode once, cache, draw, compute. The same in a worker and in the main thread. */
export class SampleMaker {
  readonly #options: SampleMakerOptions;
  readonly #cache: PixelCache;
  readonly #root: RandomKey;
  /** The arrays of a batch. */
  readonly planes: readonly Plane[];
  /** One image's views, or crops, reused. */
  readonly #pixels: Views;
  /** Their parameters. */
  readonly #parameters: readonly Float32Array[];

  constructor(options: SampleMakerOptions) {
    this.#options = options;
    this.#cache = new PixelCache(options.cacheBytes);
    this.#root = rootKey(options.seed);
    this.planes = planesOf(options.augmenter, options.device);
    const groups = options.augmenter.views.length;
    this.#pixels = this.planes
      .slice(0, groups)
      .map(({ count, length, type }) => new (type === 'float32' ? Float32Array : Uint8Array)(count * length));
    this.#parameters = this.planes.slice(groups).map(({ count, length }) => new Float32Array(count * length));
  }

  /**
   * Fills the task's rows.
   * @param cancelled asked before each image; once true the rest is left out
   * @returns the rows whose image could not be read, and the images that held more than 8 bits
   * @throws TesseraError `E_AUGMENTER_FAILED` where the augmenter throws
   */
  async make(task: Task, arrays: BatchArrays, cancelled: () => boolean): Promise<TaskResult> {
    const bad: BadRow[] = [];
    const deep: DeepRow[] = [];
    const sampleKey = fold(this.#root, 'augment', task.epoch);
    const batchKey = fold(this.#root, 'batch', task.epoch, task.batch);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < task.rows.length && !cancelled()) {
        const i = next++;
        const row = task.rows[i] as number;
        const position = task.positions[i] as number;
        const keyId = task.keyIds[i] as number;
        let image: RgbImage | undefined = this.#cache.get(position);
        if (!image) {
          const read = await this.#read(task.locators[i] as Json);
          if (typeof read === 'string') {
            bad.push({ row, position, keyId, reason: read });
            continue;
          }
          if (read.deep) deep.push({ position, ...read.deep });
          this.#cache.add(position, read);
          image = read;
        }
        this.#write(image, fold(sampleKey, keyId), batchKey, row, task.batchSize, arrays);
      }
    };
    await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, task.rows.length) }, lane));
    return { bad, deep };
  }

  /** The image, or why there is none. */
  async #read(locator: Json): Promise<DecodedImage | string> {
    try {
      const picture = await this.#options.reader.read(locator);
      return picture.kind === 'pixels' ? picture.image : await decode(picture.bytes, this.#options.range);
    } catch (error) {
      return reasonOf(error);
    }
  }

  #write(
    image: RgbImage,
    key: RandomKey,
    batchKey: RandomKey,
    row: number,
    batchSize: number,
    arrays: BatchArrays,
  ): void {
    const made = this.#augment(image, key, batchKey);
    this.planes.forEach(({ count, length }, plane) => {
      const target = arrays[plane];
      const source = made[plane];
      if (!target || source?.length !== length * count) throw this.#wrongShape(plane, length * count, source?.length);
      for (let view = 0; view < count; view++) {
        target.set(source.subarray(view * length, (view + 1) * length), (view * batchSize + row) * length);
      }
    });
  }

  #augment(image: RgbImage, key: RandomKey, batchKey: RandomKey): Views {
    const { augmenter, augmenterName, device } = this.#options;
    try {
      const plan = augmenter.sample(key, batchKey, image.width, image.height);
      if (!device) return augmenter.apply(image, plan, this.#pixels);
      device.cut(image, plan, this.#pixels, this.#parameters);
      return [...this.#pixels, ...this.#parameters];
    } catch (error) {
      if (isTesseraError(error)) throw error;
      throw new TesseraError({
        code: 'E_AUGMENTER_FAILED',
        message: `augmenter '${augmenterName}' failed on an image of ${String(image.width)}x${String(image.height)}: ${messageOf(error)}`,
        next: 'This is a fault in the augmenter, not in the image; run with data.workers=0 and --verbose to see where.',
        kind: 'failure',
        cause: error,
      });
    }
  }

  #wrongShape(group: number, expected: number, got: number | undefined): TesseraError {
    return new TesseraError({
      code: 'E_AUGMENTER_SHAPE',
      message: `augmenter '${this.#options.augmenterName}' gave ${String(got)} values for view group ${String(group)}, its views say ${String(expected)}`,
      next: 'apply() must return one array [count, size, size, channels] for each entry of `views`.',
      kind: 'failure',
    });
  }
}
