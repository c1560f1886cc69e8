import type { Collective } from '../contracts/collective.ts';
import type { ViewSpec } from '../contracts/data.ts';
import type { DataFacts } from '../contracts/data-facts.ts';
import type { Encoder, Head, Objective, TokenEncoder } from '../contracts/parts.ts';
import type { Json } from '../json.ts';
import type { RandomKey } from '../random/key.ts';

/** A part as a recipe names it. */
export interface PartChoice {
  readonly name: string;
  readonly options?: Readonly<Record<string, Json>>;
}

/** What a method can be made of. */
interface MethodProducts {
  encoder: Encoder;
  head: Head;
  objective: Objective;
}
export type MethodPartKind = keyof MethodProducts;

/** A part of a method: what kind of extension it is, and which one where the recipe names none. */
export type MethodPart<K extends MethodPartKind = MethodPartKind> = {
  readonly [N in K]: {
    readonly kind: N;
    readonly default: PartChoice;
    /** Of an encoder: the method reads its tokens, so it must be a {@link TokenEncoder}. Checked before the engine starts, by what the encoder says of itself, and when it is built (`E_ENCODER_TOKENS`). */
    readonly tokens?: N extends 'encoder' ? true : never;
  };
}[K];

/**
 * The parts of a method by name: `{ encoder: { kind: 'encoder', default: ... }, predictor: { kind: 'head', default: ... } }`. A recipe sets those
 * called `encoder`, `head` and `objective` by these keys, others under `parts:`.
 */
export type MethodParts = Readonly<Record<string, MethodPart>>;

/** What a part must be told when it is built. Its variables are named `scope/...`, by default after the part. */
interface Needed {
  encoder: readonly [given?: { readonly scope?: string }];
  head: readonly [given: { readonly inDim: number; readonly scope?: string }];
  objective: readonly [given: { readonly inDim: number; readonly scope?: string }];
}

/**
 * Builds a fresh part as the recipe names it, or the method's own default; typed by the method's `parts`.
 * @example const encoder = build('encoder'); const predictor = build('predictor', { inDim: head.outDim });
 */
export type BuildPart<P extends MethodParts> = <N extends keyof P & string>(
  part: N,
  ...given: Needed[P[N]['kind']]
) => P[N] extends { readonly tokens: true } ? TokenEncoder : MethodProducts[P[N]['kind']];

/** What a method is told at creation, beside its options. */
export interface MethodContext<P extends MethodParts = MethodParts> {
  readonly key: RandomKey;
  readonly build: BuildPart<P>;
  readonly views: readonly ViewSpec[];
  /** Images in a step, over all ranks. */
  readonly batchSize: number;
  readonly data: DataFacts;
  readonly collective: Collective;
  /** Reports a doubtful setting as a warning event. */
  readonly warn: (code: string, message: string) => void;
}
