/** What a run is bound to, by name: a caller of {@link compose} may rebind any of these. */
import { token } from '@tessera/core/di';
import type {
  Augmenter,
  Collective,
  ContextOf,
  Encoder,
  EventBus,
  Head,
  Method,
  Objective,
  Optimizer,
  RandomKey,
} from '@tessera/core';
import type { Engine } from '@tessera/engine';
import type { LoadImages } from './loaders.ts';
import type { ResolvedPart } from './recipe/resolve.ts';

/** How a part of a method is made. A method may ask for several of a kind: a projector and a predictor are both heads. */
export type PartMaker<T, Context> = (choice: ResolvedPart, context: Context) => T;

export const AUGMENTER = token<Augmenter>('Augmenter');
export const ENCODER = token<PartMaker<Encoder, ContextOf['encoder']>>('Encoder');
export const HEAD = token<PartMaker<Head, ContextOf['head']>>('Head');
export const OBJECTIVE = token<PartMaker<Objective, ContextOf['objective']>>('Objective');
/** Needs an open engine, as does the optimizer. */
export const METHOD = token<Method>('Method');
export const OPTIMIZER = token<Optimizer>('Optimizer');
export const COLLECTIVE = token<Collective>('Collective');
/** Opens when it is first asked for. */
export const ENGINE = token<Promise<Engine>>('engine');
export const LOADER = token<LoadImages>('loader');
export const BUS = token<EventBus>('bus');
/** Root of all draws of the run. */
export const KEY = token<RandomKey>('key');
