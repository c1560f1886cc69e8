import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * A pass over the training images in evaluation mode, batch by batch: features h for a method, embeddings z for an objective, and the
 * images' ids. The tensor is the caller's and lives until `visit` returns.
 */
export type DataPass = (visit: (rows_BD: Tensor2D, sampleIds: Int32Array) => void) => Promise<void>;
