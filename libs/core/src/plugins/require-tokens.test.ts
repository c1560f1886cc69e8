import { expect, it, vi } from 'vitest';
import type { Encoder, TokenEncoder } from '../contracts/parts.ts';
import { isTesseraError } from '../errors.ts';
import type { MethodParts } from './method-parts.ts';
import { buildWithTokens, givesTokens } from './require-tokens.ts';

const dispose = vi.fn();
const plain = { featureDim: 1, dispose } as unknown as Encoder;
const withTokens = { ...plain, prefixTokens: 0, tokens: () => undefined } as unknown as TokenEncoder;
const parts: MethodParts = {
  encoder: { kind: 'encoder', tokens: true, default: { name: 'vit' } },
  other: { kind: 'encoder', default: { name: 'resnet' } },
};
const build = (made: Encoder) => buildWithTokens('mine', parts, () => made);

it('an encoder gives tokens where the method says that it reads them', () => {
  expect([givesTokens(plain), givesTokens(withTokens)]).toEqual([false, true]);
  expect(build(withTokens)('encoder')).toBe(withTokens);
  expect(build(plain)('other')).toBe(plain);
});

it('or it is refused by name, and freed', () => {
  expect(dispose).not.toHaveBeenCalled();
  try {
    build(plain)('encoder');
    expect.unreachable();
  } catch (error) {
    if (!isTesseraError(error)) throw error;
    expect([error.code, error.message]).toEqual([
      'E_ENCODER_TOKENS',
      'the method mine reads the tokens of its encoder, and the encoder that the recipe names gives none',
    ]);
    expect(error.next).toContain('vit');
  }
  expect(dispose).toHaveBeenCalledOnce();
});
