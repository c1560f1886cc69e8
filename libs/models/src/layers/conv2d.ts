import { conv2d, type Rank, type Tensor4D } from '@tensorflow/tfjs-core';
import { kaimingNormalFanOut, varianceScalingFanIn } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';

export interface Conv2dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Side of the square kernel, odd. */
  readonly kernel: number;
  readonly stride: number;
  readonly init?: ConvInit;
}

/** Whose first values: torchvision's, or those of google-research/simclr's resnet.py. */
export type ConvInit = 'torchvision' | 'google';

/**
 * A convolution without bias; weights HWIO. Padding is (kernel - 1) / 2 on every side, as in torch:
 * tfjs's `same` is asymmetric at stride 2 and gives other numbers.
 * @returns [B, H, W, in] -> [B, ceil(H / stride), ceil(W / stride), out]
 */
export function createConv2d(
  parameters: ParameterSet,
  path: string,
  options: Conv2dOptions,
): (x_BHWC: Tensor4D) => Tensor4D {
  const { inChannels, outChannels, kernel, stride, init = 'torchvision' } = options;
  const weight_HWIO = parameters.variable<Rank.R4>(
    `${path}.weight`,
    [kernel, kernel, inChannels, outChannels],
    'weight',
    init === 'google'
      ? varianceScalingFanIn(inChannels * kernel * kernel)
      : kaimingNormalFanOut(outChannels * kernel * kernel),
  );
  return (x_BHWC) => conv2d(x_BHWC, weight_HWIO, stride, (kernel - 1) / 2);
}
