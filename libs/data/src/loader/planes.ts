import type { Augmenter, DeviceHalf, PixelType, ViewSpec } from '@tessera/core';

/** One array of a batch: the pixels of a view group, or the parameters of its views. */
export interface Plane {
  /** Views of an image. */
  readonly count: number;
  /** Values of a view. */
  readonly length: number;
  readonly type: PixelType;
}

/**
 * The arrays of a batch: the pixels of every view group; after them, where the engine finishes the views, the parameters of every group.
 * @param device the augmenter's device half, where it is used
 */
export function planesOf({ views, pixelType }: Pick<Augmenter, 'views' | 'pixelType'>, device?: DeviceHalf): Plane[] {
  const pixels = views.map((spec): Plane => ({ count: spec.count, length: viewLength(spec), type: pixelType }));
  const parameters = device?.parameters.map((length, group): Plane => ({
    count: views[group]?.count ?? 0,
    length,
    type: 'float32',
  }));
  return [...pixels, ...(parameters ?? [])];
}

function viewLength({ size, channels }: ViewSpec): number {
  return size * size * channels;
}
