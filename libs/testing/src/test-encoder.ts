import { givesTokens, type Encoder, type ExtensionOf, type Json, type TokenEncoder } from '@tessera/core';
import { evaluationForward, type EngineChoice } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectNoLeak, testOptions, type BadOptions } from './expectations.ts';
import { key, normal, valuesOf } from './fixtures.ts';
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
 * Tests of an encoder: [B, H, W, C] -> [B, featureDim], and all that {@link testNetwork} asks; of one that gives tokens, these. Call it at the top of a
 * test file.
 * @example testEncoder(myEncoder, { options: { width: 4 }, badOptions: { width: 0 } });
 */
export function testEncoder(extension: ExtensionOf<'encoder'>, spec: EncoderSpec = {}): void {
  const { options = {}, size = 16, channels = 3 } = spec;
  describe(`encoder ${extension.name}`, () => {
    testOptions(extension, options, spec.badOptions);
    const build = (): Encoder => extension.build(options, { key, inputChannels: channels, scope: 'encoder' });
    const input = (batch: number): tf.Tensor4D => normal<tf.Rank.R4>('pixels', [batch, size, size, channels]);
    testNetwork<tf.Tensor4D, Encoder>({
      scope: 'encoder',
      engine: spec.engine ?? 'cpu',
      build,
      width: ({ featureDim }) => featureDim,
      input,
    });
    test('gives the tokens of all patches, or of those that are kept, in their order, or knows of none', () => {
      const encoder = build();
      const known = ['tokens', 'tokensOf', 'prefixTokens'].filter((name) => name in encoder);
      expect(known.length % 3, `a TokenEncoder has tokens, tokensOf and prefixTokens; here is ${String(known)}`).toBe(
        0,
      );
      expect(givesTokens(encoder), '`tokens: true` in defineEncoder says that it gives tokens').toBe(extension.tokens === true); // prettier-ignore
      if (givesTokens(encoder)) {
        expectNoLeak(() => {
          tf.tidy(() => {
            expectTokens(encoder, input(2));
          });
        });
      }
      encoder.dispose();
    });
  });
}

/** @param x_BHWC two images */
function expectTokens(encoder: TokenEncoder, x_BHWC: tf.Tensor4D): void {
  const { featureDim, prefixTokens } = encoder;
  const [, height, width] = x_BHWC.shape;
  const patches = encoder.tokensOf(height, width);
  const all_BTD = encoder.tokens(x_BHWC, evaluationForward());
  expect(all_BTD.shape, '`tokens` gives prefixTokens and then tokensOf(height, width) of the width featureDim').toEqual(
    [2, prefixTokens + patches, featureDim],
  );
  // Each image in an order of its own, so that positions must go with their patches.
  const orders = [0, 1].map((image) => Array.from({ length: patches }, (_, i) => (i + image + 1) % patches));
  const turned_BTD = encoder.tokens(x_BHWC, evaluationForward(), tf.tensor2d(orders, [2, patches], 'int32'));
  orders.forEach((order, image) => {
    const places = [...Array(prefixTokens).keys(), ...order.map((place) => prefixTokens + place)];
    const [expected, got] = [tf.gather(tf.gather(all_BTD, image), places), tf.gather(turned_BTD, image)].map(valuesOf);
    got?.forEach((value, i) => {
      expect(value, 'kept patches go in with their positions, and their tokens come in the order of `keep_BT`').toBeCloseTo(expected?.[i] ?? NaN, 3); // prettier-ignore
    });
  });
  const one_B1D = encoder.tokens(x_BHWC, evaluationForward(), tf.tensor2d([0, patches - 1], [2, 1], 'int32'));
  expect(one_B1D.shape, 'of one kept patch comes one token').toEqual([2, prefixTokens + 1, featureDim]);
}
