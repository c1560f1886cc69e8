/** The composition root: the one place that binds and resolves. A run gets its own child container; the rest of the program gets values. */
import {
  EventBus,
  rootKey,
  singleProcess,
  fold,
  type Augmenter,
  type Collective,
  type DataFacts,
  type Encoder,
  type Method,
  type Optimizer,
  type RandomKey,
  type Schedule,
} from '@tessera/core';
import { Container, type Token } from '@tessera/core/di';
import type { Warn } from '@tessera/data';
import type { Engine } from '@tessera/engine';
import { buildMethod } from './build-method.ts';
import { buildSchedule } from './build-schedule.ts';
import { loadersOf, type LoadImages } from './loaders.ts';
import { openRecipeEngine } from './open-recipe-engine.ts';
import type { PreparedRecipe } from './prepare.ts';
import { partOf, type ResolvedRecipe } from './recipe/resolve.ts';
import {
  AUGMENTER,
  BUS,
  COLLECTIVE,
  ENCODER,
  ENGINE,
  HEAD,
  KEY,
  LOADER,
  METHOD,
  OBJECTIVE,
  OPTIMIZER,
} from './tokens.ts';
import { warnOnce } from './warn-once.ts';

/** What every run of a process shares. */
const application = new Container().bind(COLLECTIVE, () => singleProcess);

/** The parts of one run. Each is built when first asked for, and once. */
export interface Composition {
  readonly recipe: ResolvedRecipe;
  readonly bus: EventBus;
  /** Publishes a warning; about a file or an evaluation, once. */
  readonly warn: Warn;
  readonly collective: Collective;
  readonly key: RandomKey;
  readonly augmenter: Augmenter;
  readonly engine: Promise<Engine>;
  /** Needs an open engine, as does the optimizer. */
  readonly method: Method;
  readonly optimizer: Optimizer;
  readonly load: LoadImages;
  /** A fresh encoder as the recipe's first part of that kind is; undefined where the method has none. The caller disposes it. */
  buildEncoder(scope: string): Encoder | undefined;
  schedule(stepsPerEpoch: number, totalSteps: number): Schedule;
  dispose(): Promise<void>;
}

/** Binds one token anew. `bound` gives what it was bound to before, for who wants to wrap it. */
export type Rebind = <T>(to: Token<T>, factory: (resolve: Resolve, bound: () => T) => T) => void;
/** Gives what a token is bound to in this run. */
export type Resolve = <T>(token: Token<T>) => T;

/**
 * Changes what a run is made of: a test's encoder, a launcher's collective, a program's bus. Called once, before anything is built.
 * @example pretrain(prepared, { out, override: (rebind) => rebind(OPTIMIZER, (_, bound) => logged(bound())) })
 */
export type Override = (rebind: Rebind) => void;

/** Binds a prepared recipe's parts. @param facts of the training images */
export function compose(prepared: PreparedRecipe, facts: DataFacts, override?: Override): Composition {
  const { recipe, registry } = prepared;
  const { optimizer, trainer } = recipe;
  const warn = warnOnce(() => run.resolve(BUS));
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(part: T): T => {
    owned.push(part);
    return part;
  };
  const run = application
    .child()
    .bind(BUS, () => new EventBus())
    .bind(KEY, () => rootKey(recipe.seed))
    .bind(ENGINE, () => openRecipeEngine(trainer))
    .bind(LOADER, () => loadersOf(prepared, warn))
    .bind(AUGMENTER, () => registry.get('augmenter', recipe.augmenter.name).build(recipe.augmenter.options, {}))
    .bind(
      ENCODER,
      () =>
        ({ name, options }, context) =>
          registry.get('encoder', name).build(options, context),
    )
    .bind(
      HEAD,
      () =>
        ({ name, options }, context) =>
          registry.get('head', name).build(options, context),
    )
    .bind(
      OBJECTIVE,
      () =>
        ({ name, options }, context) =>
          registry.get('objective', name).build(options, context),
    )
    .bind(METHOD, (c) => own(buildMethod(prepared, facts, warn, c)))
    .bind(OPTIMIZER, (c) =>
      own(
        registry
          .get('optimizer', optimizer.name)
          .build(optimizer.options, { variables: c.resolve(METHOD).variables() }),
      ),
    );
  override?.((to, factory) => {
    run.rebind(to, (c, bound) => factory((token) => c.resolve(token), bound));
  });
  return {
    recipe,
    warn,
    get bus() {
      return run.resolve(BUS);
    },
    get collective() {
      return run.resolve(COLLECTIVE);
    },
    get key() {
      return run.resolve(KEY);
    },
    get augmenter() {
      return run.resolve(AUGMENTER);
    },
    get engine() {
      return run.resolve(ENGINE);
    },
    get method() {
      return run.resolve(METHOD);
    },
    get optimizer() {
      return run.resolve(OPTIMIZER);
    },
    get load() {
      return run.resolve(LOADER);
    },
    buildEncoder: (scope) => {
      const parts = Object.entries(registry.get('method', recipe.method.name).parts);
      const [part] = parts.find(([, { kind }]) => kind === 'encoder') ?? [];
      const chosen = part === undefined ? undefined : partOf(recipe, part);
      const inputChannels = run.resolve(AUGMENTER).views[0]?.channels ?? 3;
      return chosen && run.resolve(ENCODER)(chosen, { key: fold(run.resolve(KEY), 'init'), scope, inputChannels });
    },
    schedule: (stepsPerEpoch, totalSteps) => {
      const batchSize = trainer.batchSize * run.resolve(COLLECTIVE).worldSize;
      return buildSchedule(registry, recipe, { stepsPerEpoch, totalSteps, batchSize });
    },
    dispose: async () => {
      for (const part of owned.reverse()) part.dispose();
      run.resolve(BUS).close();
      return Promise.resolve();
    },
  };
}
