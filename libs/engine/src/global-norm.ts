import {
  addN,
  scalar,
  sqrt,
  square,
  sum,
  tidy,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { withPrecision } from './precision.ts';
import { toFloat32 } from './to-float32.ts';
import { tryKernel } from './try-kernel.ts';

/**
 * The Euclidean norm of all entries of all gradients together, in float32: what gradient clipping compares and what tells that a run
 * diverges before its loss does (`torch.nn.utils.get_total_norm`). One kernel where the engine has it. 0 without gradients.
 */
export function globalNorm(gradients: Readonly<NamedTensorMap>): Scalar {
  const list = Object.values(gradients);
  const inputs = Object.fromEntries(list.map((gradient, i) => [`g${i}`, gradient]));
  const fused = tryKernel('TesseraGlobalNorm', inputs, { count: list.length })?.[0];
  return (fused as Scalar | undefined) ?? withPrecision('f32', () => tidy(() => composed(list)));
}

function composed(list: readonly Tensor[]): Scalar {
  if (list.length === 0) return scalar(0);
  return sqrt(addN(list.map((gradient) => sum<Scalar>(square(toFloat32(gradient))))));
}
