import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import { TESSERA_ATTENTION, TESSERA_ATTENTION_GRAD } from '../kernel-specs.ts';
import type { AttentionAttrs, AttentionGradInputs, AttentionInputs } from '../kernel-specs.ts';

/** Self-attention and its gradient. Like matrix products, they compute in bfloat16 in a bf16 scope and stay so. */
export const attentionKernels: readonly KernelConfig[] = [
  defineKernel<AttentionInputs, AttentionAttrs>(TESSERA_ATTENTION, ({ qkv }, { heads }, backend) => {
    const [images = 0, tokens = 0, width = 0] = qkv.shape;
    const [y, sums] = backend.native.attention(backend.handle(qkv), heads, backend.half);
    return [
      backend.give(y, [images, tokens, width / 3], 'float32'),
      backend.give(sums, [images, heads, tokens], 'float32'),
    ];
  }),
  defineKernel<AttentionGradInputs, AttentionAttrs>(
    TESSERA_ATTENTION_GRAD,
    ({ dy, qkv, y, sums }, { heads }, backend) => {
      const handle = backend.native.attentionGrad(
        backend.handle(dy),
        backend.handle(qkv),
        backend.handle(y),
        backend.handle(sums),
        heads,
      );
      return backend.give(handle, qkv.shape, 'float32');
    },
  ),
];
