import type { z } from 'zod';
import type { Collective } from '../contracts/collective.ts';
import type { Augmenter, Dataset, Picture, ViewSpec } from '../contracts/data.ts';
import type { DataFacts } from '../contracts/data-facts.ts';
import type { Method } from '../contracts/method.ts';
import type { Encoder, Head, Objective, Optimizer, Schedule } from '../contracts/parts.ts';
import type { NamedVariable } from '../contracts/state.ts';
import type { Evaluation, EvaluationContext } from '../contracts/evaluation.ts';
import type { Observable } from 'rxjs';
import type { TesseraEvent } from '../events/events.ts';
import type { Json } from '../json.ts';
import type { RandomKey } from '../random/key.ts';
import type { Doubt, MethodNeeds, ObjectiveNeeds, RunFacts } from './check.ts';
import type { MethodContext, MethodPartKind, MethodParts, PartChoice } from './method-parts.ts';

/** What a part can be told at creation, beside its options. Narrow on purpose: nobody gets the container or the whole recipe. */
export interface ContextOf {
  /** Nothing: an augmenter is a function of its options. */
  augmenter: object;
  encoder: {
    readonly key: RandomKey;
    readonly inputChannels: number;
    /** Prefix of variable names, `encoder` unless a method says otherwise. */ readonly scope: string;
  };
  head: { readonly key: RandomKey; readonly inDim: number; readonly scope: string; readonly data: DataFacts };
  objective: {
    readonly key: RandomKey;
    /** Width D of the embeddings. */
    readonly inDim: number;
    /** Images in a step, over all ranks. */
    readonly batchSize: number;
    readonly views: readonly ViewSpec[];
    readonly data: DataFacts;
    readonly collective: Collective;
    readonly scope: string;
    /** Reports a doubtful setting as a warning event. */
    readonly warn: (code: string, message: string) => void;
  };
  optimizer: { readonly variables: readonly NamedVariable[] };
  schedule: {
    readonly stepsPerEpoch: number;
    readonly totalSteps: number;
    readonly batchSize: number;
    /** The optimizer's `learningRate` before scaling. */ readonly learningRate: number;
    /** The optimizer's `weightDecay`, where it has one. */ readonly weightDecay?: number;
  };
  dataset: {
    /** Base of relative paths: `--data`, else the recipe's folder. */ readonly root: string;
    readonly key: RandomKey;
  };
  method: MethodContext;
  evaluation: EvaluationContext;
  reporter: { readonly runDirectory: string; readonly interactive: boolean };
}

/**
 * What becomes of a run's events: an observable that the run subscribes to, once, and whose values it ignores. A reporter cannot publish. The
 * events complete when the run ends (close files in `finalize`); one that fails is left out from then on, with a warning.
 * @example (events) => events.pipe(filter(({ type }) => type === 'epoch'), tap((event) => console.log(event)))
 */
export type Reporter = (events: Observable<TesseraEvent>) => Observable<unknown>;

/** What each kind of extension builds. */
export interface ProductOf {
  augmenter: Augmenter;
  encoder: Encoder;
  head: Head;
  objective: Objective;
  optimizer: Optimizer;
  schedule: Schedule;
  dataset: Promise<Dataset>;
  method: Method;
  evaluation: Evaluation;
  reporter: Reporter;
}

export type Kind = keyof ProductOf;

/** The parts of every run, which a method may have an opinion about. */
export type RunPartKind = 'augmenter' | 'optimizer' | 'schedule';
/** What a recipe has a section of its own for. */
export type PartKind = RunPartKind | MethodPartKind;

/** Something a plugin adds, with its schema closed over: whoever holds it needs no type parameter of its options. */
export interface Extension<K extends Kind = Kind> {
  readonly kind: K;
  /** How recipes name it: kebab-case, unique among its kind. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly schema: z.ZodType;
  /**
   * Checks options and fills in defaults. What comes back can be given again, here or to `build`, and means the same: transforms of the
   * schema have not been applied.
   * @throws TesseraError `E_OPTION_UNKNOWN`, `E_OPTION_INVALID` naming the key
   */
  parse(options: unknown, where?: string): Json;
  /** Parses options as they are written, transforms and all, and builds. */
  build(options: unknown, context: ContextOf[K]): ProductOf[K];
  /** Parses options and says what is doubtful about them in such a run. Absent: nothing ever is. */
  check?(options: unknown, run: RunFacts): readonly Doubt[];
}

/** What a data set says of itself, so that nobody has to try its options. */
export interface DatasetTraits {
  /** It reads the folder that its context names, so `--data DIR` means something to it. */
  readonly readsFolder: boolean;
  /** The values of its option `split`; none where it has no such option, and so no test images. The images of `test` are measured on, never trained on. */
  readonly splits: readonly string[];
  /** It has an option `classes`, the class names in label order: test images are then labelled as the training images are. */
  readonly takesClasses: boolean;
}

/** A data set also knows how to read what it located, in any thread. */
export interface DatasetExtension extends Extension<'dataset'>, DatasetTraits {
  read(locator: Json): Promise<Picture>;
}

/** A method also names what it is made of, and the parts of the run that it wants where the recipe names none. */
export interface MethodExtension extends Extension<'method'> {
  readonly parts: MethodParts;
  readonly defaults: Readonly<Record<RunPartKind, PartChoice>>;
  /** The objectives without which it is not this method; absent: any that is not another method's own. See `objectiveFits`. */
  readonly objectives?: readonly string[];
  /** The roles of the embeddings that it gives. */
  readonly roles: readonly string[];
  readonly needs?: MethodNeeds;
}

/** An objective also says what it needs, and where it belongs to certain methods only. */
export interface ObjectiveExtension extends Extension<'objective'> {
  readonly needs?: ObjectiveNeeds;
  /** The methods that it belongs to; absent: any that is not particular. See `objectiveFits`. */
  readonly methods?: readonly string[];
}

/** An encoder also says whether it gives tokens: whether what it builds is a `TokenEncoder`. Absent: it does not. */
export interface EncoderExtension extends Extension<'encoder'> {
  readonly tokens?: boolean;
}

/** An evaluation also says whether images without labels will do. */
export interface EvaluationExtension extends Extension<'evaluation'> {
  /** False: it asks for `views` only, so a run whose images have no labels, or that has no test images, is measured by it. Absent: true. */
  readonly needsLabels?: boolean;
}

/** Kinds whose extensions have more than {@link Extension}. */
interface Special {
  dataset: DatasetExtension;
  encoder: EncoderExtension;
  method: MethodExtension;
  objective: ObjectiveExtension;
  evaluation: EvaluationExtension;
}

/** Any extension, told apart by `kind`. */
export type AnyExtension = { [K in Kind]: K extends keyof Special ? Special[K] : Extension<K> }[Kind];
export type ExtensionOf<K extends Kind> = Extract<AnyExtension, { kind: K }>;
