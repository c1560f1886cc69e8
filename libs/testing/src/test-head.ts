import type { ExtensionOf, Head, Json } from '@tessera/core';
import type { EngineChoice } from '@tessera/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';
import { testOptions, type BadOptions } from './expectations.ts';
import { data, key, normal } from './fixtures.ts';
import { testNetwork } from './test-network.ts';

export interface HeadSpec {
  /** Options that have no default, or that make it small. */
  readonly options?: Json;
  readonly badOptions?: BadOptions;
  /** Width of the features; default 8. */
  readonly inDim?: number;
  readonly engine?: EngineChoice;
}

/**
 * Tests of a head: [B, inDim] -> [B, outDim], and all that {@link testNetwork} asks. Call it at the top of a test file.
 * @example testHead(myHead, { options: { out: 5 }, badOptions: { out: 0 } });
 */
export function testHead(extension: ExtensionOf<'head'>, spec: HeadSpec = {}): void {
  const { options = {}, inDim = 8 } = spec;
  describe(`head ${extension.name}`, () => {
    testOptions(extension, options, spec.badOptions);
    testNetwork<tf.Tensor2D, Head>({
      scope: 'head',
      engine: spec.engine ?? 'cpu',
      build: () => extension.build(options, { key, inDim, scope: 'head', data }),
      width: ({ outDim }) => outDim,
      input: (batch) => normal<tf.Rank.R2>('features', [batch, inDim]),
    });
  });
}
