/** Between Tessera's layouts and torch's, for exports and imports. */
import { clone, transpose, type Tensor } from '@tensorflow/tfjs-core';

/** `convolution` HWIO here, OIHW in torch; `linear` [in, out] here, [out, in] in torch; `same`: no difference. */
export type ParameterLayout = 'convolution' | 'linear' | 'same';

/** @param name of the variable or buffer, `encoder/layer1.0.conv1.weight` @param rank number of its axes */
export function parameterLayout(name: string, rank: number): ParameterLayout {
  if (!/(^|[./])weight$/.test(name)) return 'same';
  if (rank === 4) return 'convolution';
  return rank === 2 ? 'linear' : 'same';
}

/** A new tensor in torch's layout. */
export function toTorchLayout(name: string, tensor: Tensor): Tensor {
  const layout = parameterLayout(name, tensor.rank);
  if (layout === 'convolution') return transpose(tensor, [3, 2, 0, 1]);
  return layout === 'linear' ? transpose(tensor, [1, 0]) : clone(tensor);
}

/** The inverse of {@link toTorchLayout}: a new tensor in Tessera's layout. */
export function fromTorchLayout(name: string, tensor: Tensor): Tensor {
  const layout = parameterLayout(name, tensor.rank);
  if (layout === 'convolution') return transpose(tensor, [2, 3, 1, 0]);
  return layout === 'linear' ? transpose(tensor, [1, 0]) : clone(tensor);
}

/** The name without its scope, as torchvision has it: `encoder/layer1.0.conv1.weight` -> `layer1.0.conv1.weight`. */
export function torchName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
