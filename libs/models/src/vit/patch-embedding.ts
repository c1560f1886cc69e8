import { TesseraError } from '@tessera/core';
import { add, conv2d, type Rank, type Tensor4D } from '@tensorflow/tfjs-core';
import { torchLinear } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';
import type { Grid } from './resample-grid.ts';

export interface PatchOptions {
  /** Side of a patch, pixels. */
  readonly patch: number;
  readonly inputChannels: number;
  readonly width: number;
}

/**
 * One linear map of every patch: a convolution whose stride is its kernel, `patch_embed.proj`. First values are torch's for `nn.Conv2d`, which
 * timm leaves as they are: uniform within 1 / sqrt(fan in).
 * @returns [B, H, W, C] -> [B, H / patch, W / patch, D]
 */
export function createPatchEmbedding(
  parameters: ParameterSet,
  { patch, inputChannels, width }: PatchOptions,
): (x_BHWC: Tensor4D) => Tensor4D {
  const first = torchLinear(patch * patch * inputChannels);
  const shape: [number, number, number, number] = [patch, patch, inputChannels, width];
  const weight_HWIO = parameters.variable<Rank.R4>('patch_embed.proj.weight', shape, 'weight', first);
  const bias_D = parameters.variable<Rank.R1>('patch_embed.proj.bias', [width], 'bias', first);
  return (x_BHWC) => add(conv2d(x_BHWC, weight_HWIO, patch, 'valid'), bias_D);
}

/** Patches of an image. @throws TesseraError `E_PATCH_SIZE` where they do not divide it */
export function patchGrid(height: number, width: number, patch: number): Grid {
  if (height > 0 && width > 0 && height % patch === 0 && width % patch === 0) return [height / patch, width / patch];
  const near = [height, width].map((side) => Math.max(patch, Math.round(side / patch) * patch));
  throw new TesseraError({
    code: 'E_PATCH_SIZE',
    message: `patches of ${String(patch)} x ${String(patch)} pixels do not divide an image of ${String(height)} x ${String(width)}`,
    next: `Choose the size of the views so that it is a multiple of ${String(patch)} (${near.join(' x ')} is near), or another encoder.options.patch.`,
  });
}
