import type { Json } from '@tessera/core';

interface ViewsTask {
  readonly method: 'simclr' | 'swav';
  /** Options of the augmenter, besides blur and pixels. */
  readonly options: Readonly<Record<string, Json>>;
  readonly blurred: boolean;
  /** Small images are decoded once, and cached: their later passes are measured too. */
  readonly cached: boolean;
  readonly batchSize: number;
  /** How many images are enough. */
  readonly images: number;
}

/**
 * What people do on two CPU cores and on ImageNet. Everything that is not written is the augmenters' default, which is the papers': flip,
 * jitter 0.8 0.8 0.8 0.2 at 0.8, grayscale at 0.2, blur at 0.5 with sigma 0.1 to 2.
 */
export const viewsTasks = {
  simclr224: {
    method: 'simclr',
    options: { size: 224, views: 2, cropScale: [0.08, 1], interpolation: 'bicubic' },
    blurred: true,
    cached: false,
    batchSize: 16,
    images: 200,
  },
  swav224: {
    method: 'swav',
    options: {
      crops: [
        { count: 2, size: 224, scale: [0.14, 1] },
        { count: 6, size: 96, scale: [0.05, 0.14] },
      ],
      interpolation: 'bilinear',
    },
    blurred: true,
    cached: false,
    batchSize: 16,
    images: 200,
  },
  cifar: {
    method: 'simclr',
    options: { size: 32, views: 2, cropScale: [0.2, 1], strength: 0.5, interpolation: 'bilinear' },
    blurred: false,
    cached: true,
    batchSize: 200,
    images: 2000,
  },
} as const satisfies Record<string, ViewsTask>;

export type ViewsTaskName = keyof typeof viewsTasks;
