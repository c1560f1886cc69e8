import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Fixed positions of a grid of patches (facebookresearch/mae util/pos_embed.py): the first half of the width tells the column, the second the
 * row, each by D / 4 sines and as many cosines of the place times 10000^(-4 i / D).
 * @param width D, a multiple of 4
 * @returns [rows * columns, D]
 */
export function sinCosPositions(rows: number, columns: number, width: number): Tensor2D {
  const quarter = width / 4;
  const angles = (place: number): number[] =>
    Array.from({ length: quarter }, (_, i) => place * 10_000 ** (-i / quarter));
  const along = (place: number): number[] => [...angles(place).map(Math.sin), ...angles(place).map(Math.cos)];
  const places = Array.from({ length: rows * columns }, (_, at) => [at % columns, Math.floor(at / columns)]);
  return tf.tensor2d(places.map(([column = 0, row = 0]) => [...along(column), ...along(row)]));
}
