import type { MethodExtension, PartChoice } from '@tessera/core';
import { cifarEncoder } from './cifar-defaults.ts';
import type { SiameseParts } from './siamese.ts';

/**
 * What SwAV and DeepCluster-v2 share of their CIFAR-10 setting: two crops of 32 pixels and four of 18, ResNet-18 with the small-image
 * stem, AdamW.
 */
export function multiCropDefaults(objective: PartChoice): {
  readonly parts: SiameseParts;
  readonly defaults: MethodExtension['defaults'];
} {
  const parts: SiameseParts = {
    encoder: cifarEncoder,
    head: { kind: 'head', default: { name: 'mlp', options: { layers: 2, out: 128, batchNorm: 'hidden' } } },
    objective: { kind: 'objective', default: objective },
  };
  const defaults = {
    augmenter: {
      name: 'swav',
      options: {
        crops: [
          { count: 2, size: 32, scale: [0.2, 1] },
          { count: 4, size: 18, scale: [0.08, 0.5] },
        ],
        strength: 0.5,
        blur: 'none',
      },
    },
    optimizer: { name: 'adamw', options: { learningRate: 1e-3, weightDecay: 1e-6 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1 } },
  };
  return { parts, defaults };
}
