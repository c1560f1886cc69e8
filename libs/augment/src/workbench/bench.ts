import type { PixelType } from '@tessera/core';
import type { SourcePixels } from '../resample/resized-crop.ts';
import type { Canvas } from './canvas.ts';

/** An image laid out to have views made of it, until the next one is. */
export interface Bench {
  /** The image, where the ops of `canvas` read it fastest. */
  readonly source: SourcePixels;
  /** Room for one view, at most as large as announced; the pixels of the canvas before it are lost. @param length values */
  canvas(length: number): Canvas;
}

/** The kind of views to come: their pixels, and the largest sides they are resized to. */
export interface BenchNeeds {
  readonly type: PixelType;
  readonly width: number;
  readonly height: number;
}
