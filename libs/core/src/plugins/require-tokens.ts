import type { Encoder, TokenEncoder } from '../contracts/parts.ts';
import { TesseraError } from '../errors.ts';
import type { BuildPart, MethodParts } from './method-parts.ts';

/** Whether an encoder gives tokens, too. */
export function givesTokens(encoder: Encoder): encoder is TokenEncoder {
  return 'tokens' in encoder && typeof encoder.tokens === 'function';
}

/** `build`, whose encoders give tokens where the method's parts say so. @throws TesseraError `E_ENCODER_TOKENS` from what it returns */
export function buildWithTokens(
  method: string,
  parts: MethodParts,
  build: BuildPart<MethodParts>,
): BuildPart<MethodParts> {
  return (part, ...given) => {
    const made = build(part, ...given);
    if (parts[part]?.tokens !== true || givesTokens(made as Encoder)) return made;
    made.dispose();
    throw withoutTokens(method, part);
  };
}

/** @param encoder its name, where it is known */
export function withoutTokens(method: string, part: string, encoder?: string): TesseraError {
  return new TesseraError({
    code: 'E_ENCODER_TOKENS',
    message: `the method ${method} reads the tokens of its ${part}, and ${encoder === undefined ? 'the encoder that the recipe names' : `the encoder '${encoder}'`} gives none`,
    next: `Choose an encoder that knows patches, such as \`${part}: { name: vit }\`; one of yours that gives tokens says \`tokens: true\` in defineEncoder.`,
  });
}
