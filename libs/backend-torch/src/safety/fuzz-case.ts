/** What the property tests send to the process that runs them, and what comes back. Everything survives a structured clone. */
import type { Convolution, Wanted } from './convolutions/convolution.ts';

export type Fill =
  'ramp' | 'index' | 'ascending' | 'thousands' | 'zero' | 'one' | 'nan' | 'infinite' | 'negative' | 'huge';
export type State = 'plain' | 'bfloat16' | 'view' | 'expanded' | 'disposed' | 'elsewhere';

/** How one input is made. */
export interface TensorPlan {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string' | 'complex64';
  readonly fill: Fill;
  /** 'expanded': one element seen everywhere; 'elsewhere': on tfjs's cpu backend, to be moved */
  readonly state: State;
}

/** A kernel by its name, with tensors and attributes that may make no sense. */
export interface KernelCase {
  readonly kind: 'kernel';
  readonly kernel: string;
  readonly precision: 'f32' | 'bf16';
  readonly inputs: Readonly<Record<string, TensorPlan | string>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** One argument of a function of the addon. `handle`, `handles` are places in the runner's list of tensors. */
export type Argument =
  | { readonly is: 'handle'; readonly at: number }
  | { readonly is: 'handles'; readonly at: readonly number[] }
  | { readonly is: 'value'; readonly value: unknown }
  | { readonly is: 'memory'; readonly type: string; readonly length: number; readonly backing: string }
  | { readonly is: 'odd'; readonly what: string };

/** A call of the addon itself, past all checks in JavaScript. */
export interface AddonCase {
  readonly kind: 'addon';
  readonly name: string;
  readonly args: readonly Argument[];
}

/**
 * `by` in the place of an argument or, where that is a list, of one of its elements. Places beyond the end count on from the start. `alike`:
 * only what is of the kind that is expected there; a list without an `element` is cut.
 */
export interface Change {
  readonly alike: boolean;
  readonly at: number;
  readonly element: number | undefined;
  readonly by: Argument;
}

/** One of the calls that a kernel makes of the addon, changed. */
export interface CallCase {
  readonly kind: 'call';
  readonly of: KernelCase;
  readonly at: number;
  readonly changes: readonly Change[];
}

/** What can be judged. */
export type FuzzCase = KernelCase | AddonCase | CallCase;

/** What a position of a function takes, found out from what it refuses. */
export type Position = 'handle' | 'number' | 'handles' | 'numbers' | 'boolean' | 'text' | 'memory' | 'optional';

/** Results of a convolution, wanted for their numbers. */
export interface ConvolutionRequest {
  readonly kind: 'convolution';
  readonly convolution: Convolution;
  readonly results: readonly ConvolutionResult[];
}

export interface ConvolutionResult {
  readonly wanted: Wanted;
  readonly precision: 'f32' | 'bf16';
}

/** Of each result its elements, or what was thrown instead. */
export interface ConvolutionReply {
  readonly results: readonly (Float32Array | string)[];
}

export type Request = FuzzCase | ConvolutionRequest | { readonly kind: 'kernels' } | { readonly kind: 'signatures' };

/** `problem`: the rule that was broken; absent when all is well. */
export interface Outcome {
  readonly result?: string;
  readonly error?: { readonly code: unknown; readonly message: string };
  readonly problem?: string;
}

export type Reply =
  | Outcome
  | ConvolutionReply
  | { readonly kernels: readonly string[] }
  | { readonly signatures: Record<string, Position[]> };
