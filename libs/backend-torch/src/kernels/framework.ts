import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import {
  TESSERA_GLOBAL_AVG_POOL,
  TESSERA_GLOBAL_AVG_POOL_GRAD,
  TESSERA_L2_NORMALIZE,
  TESSERA_L2_NORMALIZE_GRAD,
  TESSERA_TO_FLOAT32,
} from '../kernel-specs.ts';
import type { GlobalAvgPoolGradInputs, L2NormalizeAttrs, L2NormalizeGradInputs, XInput } from '../kernel-specs.ts';

/** The smaller framework kernels. */
export const frameworkKernels: readonly KernelConfig[] = [
  defineKernel<XInput>(TESSERA_TO_FLOAT32, ({ x }, _, backend) => {
    return backend.give(backend.native.toFloat32(backend.handle(x)), x.shape, 'float32');
  }),
  defineKernel<XInput>(TESSERA_GLOBAL_AVG_POOL, ({ x }, _, backend) => {
    return backend.give(backend.native.globalAvgPool(backend.handle(x)), [x.shape[0] ?? 0, x.shape[3] ?? 0], 'float32');
  }),
  defineKernel<GlobalAvgPoolGradInputs>(TESSERA_GLOBAL_AVG_POOL_GRAD, ({ dy, x }, _, backend) => {
    return backend.give(backend.native.globalAvgPoolGrad(backend.handle(dy), backend.handle(x)), x.shape, 'float32');
  }),
  defineKernel<XInput, L2NormalizeAttrs>(TESSERA_L2_NORMALIZE, ({ x }, { epsilon }, backend) => {
    return backend.give(backend.native.l2Normalize(backend.handle(x), epsilon), x.shape, 'float32');
  }),
  defineKernel<L2NormalizeGradInputs, L2NormalizeAttrs>(
    TESSERA_L2_NORMALIZE_GRAD,
    ({ dy, x }, { epsilon }, backend) => {
      return backend.give(
        backend.native.l2NormalizeGrad(backend.handle(dy), backend.handle(x), epsilon),
        x.shape,
        'float32',
      );
    },
  ),
];
