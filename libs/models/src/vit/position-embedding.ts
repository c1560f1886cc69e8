/** Positions of patches, learnt or fixed, for images of any size. Legend: P class tokens, N patches of the grid they are learnt for, T of the image, D width. */
import { withPrecision } from '@tessera/engine';
import { matMul, slice, squeeze, tensor2d, type Rank, type Tensor2D } from '@tensorflow/tfjs-core';
import { normal } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';
import type { Interpolation, VitOptions } from './options.ts';
import { resampleGrid, type Grid } from './resample-grid.ts';
import { sinCosPositions } from './sin-cos-positions.ts';
import { TIMM_DEVIATION } from './token-linear.ts';

export interface PositionOptions {
  /** Tokens before the patches, with embeddings of their own: 1 or 0. */
  readonly prefix: number;
  /** Patches on a side of the images that they are learnt for. */
  readonly side: number;
  readonly width: number;
  readonly positions: VitOptions['positions'];
  readonly interpolation: Interpolation;
}

export interface Positions {
  readonly prefix_PD: Tensor2D;
  readonly patches_TD: Tensor2D;
}

/**
 * `pos_embed`, [1, P + N, D]: a variable, or a buffer where it is fixed (0 for the class token, as in MAE). Resampled in float32 whatever the precision; on the grid that they are learnt for they are taken as they are.
 *
 * Its role is `bias`, though it is no bias: timm's ViT names it and the class token in `no_weight_decay`, beside biases and norms, and
 * that is what the role is for: an optimizer's `exclude: [bias, norm]` leaves out what timm leaves out.
 */
export function createPositionEmbedding(
  parameters: ParameterSet,
  { prefix, side, width, positions, interpolation }: PositionOptions,
): (grid: Grid) => Positions {
  const shape: [number, number, number] = [1, prefix + side * side, width];
  const table_1ND =
    positions === 'learnt'
      ? parameters.variable<Rank.R3>('pos_embed', shape, 'bias', normal(TIMM_DEVIATION))
      : parameters.buffer<Rank.R3>('pos_embed', shape, (values) => {
          values.set(sinCosPositions(side, side, width), prefix * width);
        });
  const weights = new Map<string, Float32Array>();
  const weightsOf = (grid: Grid): Float32Array => {
    const known = weights.get(String(grid)) ?? resampleGrid([side, side], grid, interpolation);
    weights.set(String(grid), known);
    return known;
  };
  return (grid) => {
    const table_ND = squeeze<Tensor2D>(table_1ND, [0]);
    const learnt_ND = slice(table_ND, [prefix, 0], [side * side, width]);
    const [height, columns] = grid;
    const asLearnt = height === side && columns === side;
    return {
      prefix_PD: slice(table_ND, [0, 0], [prefix, width]),
      patches_TD: asLearnt
        ? learnt_ND
        : withPrecision('f32', () =>
            matMul(tensor2d(weightsOf(grid), [height * columns, side * side], 'float32'), learnt_ND),
          ),
    };
  };
}
