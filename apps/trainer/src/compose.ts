/** The composition root: the one place that binds and resolves. A run gets its own child container; the rest of the program gets values. */
import {
  EventBus,
  fold,
  peakLearningRate,
  rootKey,
  singleProcess,
  TesseraError,
  type Augmenter,
  type BuildPart,
  type Collective,
  type DataFacts,
  type Dataset,
  type JsonObject,
  type Method,
  type MethodExtension,
  type MethodParts,
  type Optimizer,
  type RandomKey,
  type Schedule,
} from '@tessera/core';
import { Container, token } from '@tessera/core/di';
import { createLoader, type Loader, type Warn } from '@tessera/data';
import type { ImageSet } from './images.ts';
import type { PreparedRecipe } from './prepare.ts';
import { partOf, type ResolvedRecipe } from './recipe/resolve.ts';

const COLLECTIVE = token<Collective>('collective');
const BUS = token<EventBus>('events');
const KEY = token<RandomKey>('root key');
const AUGMENTER = token<Augmenter>('augmenter');
const METHOD = token<Method>('method');
const OPTIMIZER = token<Optimizer>('optimizer');

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
  /** Needs an open engine, as does all that follows. */
  readonly method: Method;
  readonly optimizer: Optimizer;
  schedule(stepsPerEpoch: number, totalSteps: number): Schedule;
  /** Augmented, shuffled batches of the training images. @param augmentOn `device`: crops, and the parameters of what the engine does to them */
  trainingLoader(images: ImageSet, augmentOn?: 'host' | 'device'): Promise<Loader>;
  /** Every readable image once, in order, as the evaluation sees it. The caller disposes it. */
  plainLoader(images: ImageSet): Promise<Loader>;
  /** Augmented views of every readable image, in order: what an evaluation compares. The caller disposes it. */
  viewsLoader(images: ImageSet): Promise<Loader>;
  dispose(): Promise<void>;
}

/** Binds a prepared recipe's parts. @param facts of the training images */
export function compose({ recipe, registry, modulesOf }: PreparedRecipe, facts: DataFacts): Composition {
  const { trainer, data } = recipe;
  const owned: { dispose(): void | Promise<void> }[] = [];
  const own = <T extends { dispose(): void | Promise<void> }>(part: T): T => {
    owned.push(part);
    return part;
  };
  const told = new Set<string>();
  const warn = (code: string, message: string, details?: JsonObject): void => {
    if (ONCE.has(code)) {
      // The training images are read again by evaluations, which are made again: one matter, one warning.
      if (told.has(message)) return;
      told.add(message);
    }
    run.resolve(BUS).publish({ type: 'warning', code, message, ...(details && { details }) });
  };
  const run = application
    .child()
    .bind(BUS, () => new EventBus())
    .bind(KEY, () => rootKey(recipe.seed))
    .bind(AUGMENTER, () => registry.get('augmenter', recipe.augmenter.name).build(recipe.augmenter.options, {}))
    .bind(METHOD, (c) => {
      const key = fold(c.resolve(KEY), 'init');
      const { views } = c.resolve(AUGMENTER);
      const batchSize = trainer.batchSize;
      const collective = c.resolve(COLLECTIVE);
      const method = registry.get('method', recipe.method.name);
      const shared = { key, views, batchSize, data: facts, collective, warn };
      const build: BuildPart<MethodParts> = (part, ...[given]) => {
        const chosen = partOf(recipe, part);
        const kind = method.parts[part]?.kind;
        if (!chosen || !kind) throw unknownPart(method, part);
        const scope = given?.scope ?? part;
        const inDim = given && 'inDim' in given ? given.inDim : 0;
        if (kind === 'encoder')
          return registry
            .get(kind, chosen.name)
            .build(chosen.options, { ...shared, scope, inputChannels: views[0]?.channels ?? 3 });
        if (kind === 'head') return registry.get(kind, chosen.name).build(chosen.options, { ...shared, scope, inDim });
        return registry.get(kind, chosen.name).build(chosen.options, { ...shared, scope, inDim });
      };
      return own(method.build(recipe.method.options, { ...shared, build }));
    })
    .bind(OPTIMIZER, (c) =>
      own(
        registry
          .get('optimizer', recipe.optimizer.name)
          .build(recipe.optimizer.options, { variables: c.resolve(METHOD).variables() }),
      ),
    );

  const seen = new WeakMap<Dataset, Set<string>>();
  /** Warnings about a data set as a whole, which several loaders read: each once. */
  const warnOf =
    ({ dataset }: ImageSet): Warn =>
    (code, message, details) => {
      const codes = seen.get(dataset) ?? new Set();
      seen.set(dataset, codes);
      if (OF_SET.has(code) && codes.has(code)) return;
      codes.add(code);
      warn(code, message, details);
    };

  const loader = (
    images: ImageSet,
    augmenter: ResolvedRecipe['augmenter'],
    batchSize: number,
    training: boolean,
    augmentOn: 'host' | 'device' = 'host',
  ): Promise<Loader> =>
    createLoader({
      registry,
      dataset: images.dataset,
      reader: images.reader,
      indices: images.indices,
      augmenter: { ...augmenter, modules: modulesOf('augmenter', augmenter.name) },
      augmentOn,
      batchSize,
      shuffle: training,
      dropLast: training,
      workers: data.workers,
      prefetch: data.prefetch,
      cacheMegabytes: data.cacheMegabytes,
      seed: recipe.seed,
      // An image that stands in for another would be scored twice.
      maxBadImages: training ? data.maxBadImages : null,
      onBadImage: training || data.onBadImage === 'error' ? data.onBadImage : 'drop',
      range: data.range,
      warn: warnOf(images),
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
    get method() {
      return run.resolve(METHOD);
    },
    get optimizer() {
      return run.resolve(OPTIMIZER);
    },
    schedule: (stepsPerEpoch, totalSteps) => {
      const { name, options } = recipe.optimizer;
      const { weightDecay } = options;
      return registry.get('schedule', recipe.schedule.name).build(recipe.schedule.options, {
        stepsPerEpoch,
        totalSteps,
        batchSize: trainer.batchSize * run.resolve(COLLECTIVE).worldSize,
        learningRate: peakLearningRate(registry.get('optimizer', name), options),
        ...(typeof weightDecay === 'number' && { weightDecay }),
      });
    },
    trainingLoader: async (images, augmentOn) =>
      own(await loader(images, recipe.augmenter, trainer.batchSize, true, augmentOn)),
    plainLoader: (images) => {
      const size = Math.max(...run.resolve(AUGMENTER).views.map((view) => view.size));
      return loader(images, { name: 'plain', options: { size } }, EVALUATION_BATCH, false);
    },
    viewsLoader: (images) => loader(images, recipe.augmenter, Math.min(trainer.batchSize, VIEWS_BATCH), false),
    dispose: async () => {
      for (const part of owned.reverse()) await part.dispose();
      run.resolve(BUS).close();
    },
  };
}

/** Warnings that are told once, whoever finds the matter again. */
const ONCE = new Set(['W_BAD_IMAGE', 'W_BANK_UNREADABLE', 'W_QUERIES_UNREADABLE', 'W_KNN_K']);
const OF_SET = new Set(['W_DATA_LOW_BITS', 'W_DATA_NO_RANGE']);

/** Images per forward pass of an evaluation. */
const EVALUATION_BATCH = 256;

function unknownPart({ name, parts }: MethodExtension, part: string): TesseraError {
  return new TesseraError({
    code: 'E_PART_UNKNOWN',
    kind: 'failure',
    message: `the method '${name}' builds the part '${part}', which its definition does not name`,
    next: `Add it to the \`parts\` of defineMethod, which has ${Object.keys(parts).join(', ') || 'none'}.`,
  });
}
/** The same where an image comes in several views. */
const VIEWS_BATCH = 64;
