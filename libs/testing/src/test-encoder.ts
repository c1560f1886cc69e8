import type { Encoder, ExtensionOf, Json } from '@tessera/core';
import type { EngineChoice } from '@tessera/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';
import { testOptions, type BadOptions } from './expectations.ts';
import { key, normal } from './fixtures.ts';
import { testNetwork } from './test-network.ts';

export interface EncoderSpec {
  /** Options that have no default, or that make it small. */
  readonly options?: Json;
  readonly badOptions?: BadOptions;
  /** Height and width of the images; default 16. */
  readonly size?: number;
  readonly channels?: number;
  readonly engine?: EngineChoice;
}

/**
 * Tests of an encoder: [B, H, W, C] -> [B, featureDim], and all that {@link testNetwork} asks. Call it at the top of a test file.
 * @example testEncoder(myEncoder, { options: { width: 4 }, badOptions: { width: 0 } });
 */
export function testEncoder(extension: ExtensionOf<'encoder'>, spec: EncoderSpec = {}): void {
  const { options = {}, size = 16, channels = 3 } = spec;
  describe(`encoder ${extension.name}`, () => {
    testOptions(extension, options, spec.badOptions);
    testNetwork<tf.Tensor4D, Encoder>({
      scope: 'encoder',
      engine: spec.engine ?? 'cpu',
      build: () => extension.build(options, { key, inputChannels: channels, scope: 'encoder' }),
      width: ({ featureDim }) => featureDim,
      input: (batch) => normal<tf.Rank.R4>('pixels', [batch, size, size, channels]),
    });
  });
}
