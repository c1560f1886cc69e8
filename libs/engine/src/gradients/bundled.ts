import type { GradConfig } from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';

/** What scripts/bundle-gradients.mjs writes. */
interface BundledGradients {
  /** Of the tfjs-core that the table was taken from. */
  readonly version: string;
  readonly gradients: readonly GradConfig[];
}

/**
 * tfjs-core's own gradient table. It is vendored because the Node build of tfjs-core registers no gradients, and loaded with `require`
 * because it must share the CommonJS copy of tfjs-core; the path is the same from src/ and from dist/.
 */
export function bundledGradients(): BundledGradients {
  return createRequire(import.meta.url)('../../vendor/tfjs-gradients.cjs') as BundledGradients;
}
