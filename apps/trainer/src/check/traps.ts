import type { ResolvedPart, ResolvedRecipe } from '../recipe/resolve.ts';

/** A setting that has cost somebody a result. */
export interface Trap {
  /** Its number in docs/correctness.md; null: not one of those. */
  readonly number: number | null;
  readonly message: string;
}

/** A resolution of the augmenter, pixels. */
interface Crops {
  readonly count: number;
  readonly size: number;
}

type Options = Readonly<Record<string, unknown>>;
/** A part that the method lacks has no name and no options. */
type Complete = ResolvedRecipe & Readonly<Record<'encoder' | 'head' | 'objective', ResolvedPart>>;
type Rule = (recipe: Complete, views: readonly Crops[]) => string | undefined;

const SMALL_IMAGE = 64;
const record = (value: unknown): Options => (typeof value === 'object' && value !== null ? (value as Options) : {});

const RULES: readonly (readonly [number: number | null, rule: Rule])[] = [
  [
    1,
    ({ objective, optimizer }) =>
      objective.name === 'nt-xent' && objective.options['reduction'] === 'google' && optimizer.name !== 'lars'
        ? `reduction google is twice the mean over the 2N anchors; LARS does not see the factor, ${optimizer.name} does`
        : undefined,
  ],
  [
    6,
    ({ objective }) => {
      const { normalize, temperature } = objective.options;
      return normalize === false && typeof temperature === 'number' && temperature < 1
        ? `embeddings of any length, divided by a temperature of ${String(temperature)}: without normalisation the paper needs 10 to 100`
        : undefined;
    },
  ],
  [
    15,
    ({ objective }) => {
      const { fromEpoch, fromStep } = record(objective.options['queue']);
      return fromEpoch === 0 && fromStep === 0
        ? 'the queue fills from the first step, while embeddings still change fast; the reference waits 15 epochs: queue.fromEpoch'
        : undefined;
    },
  ],
  [
    15,
    ({ objective, trainer }) => {
      const length = record(objective.options['queue'])['length'];
      return typeof length === 'number' && length % trainer.batchSize !== 0
        ? `a queue of ${String(length)} is no multiple of the batch, ${String(trainer.batchSize)}: its oldest embeddings go in part of a batch`
        : undefined;
    },
  ],
  [
    18,
    ({ objective }) =>
      objective.name === 'swav' && objective.options['freezeSteps'] === 0 && objective.options['freezeEpochs'] === 0
        ? 'prototypes learn from the first step; the reference freezes them for an epoch, for stability'
        : undefined,
  ],
  [
    19,
    ({ objective }, views) => {
      const assigned = objective.options['cropsForAssign'];
      const sizes = views.flatMap(({ count, size }) => Array.from({ length: count }, () => size));
      const small = Array.isArray(assigned)
        ? assigned.filter((crop) => typeof crop === 'number' && (sizes[crop] ?? Infinity) < largest(views))
        : [];
      return small.length > 0
        ? `crop ${small.join(', ')} gives codes, but has ${String(sizes[Number(small[0])])} pixels of ${String(largest(views))}: small crops should only predict`
        : undefined;
    },
  ],
  [
    23,
    ({ augmenter }, views) => {
      const { blur, blurSigma } = augmenter.options;
      const high: unknown = Array.isArray(blurSigma) ? blurSigma[1] : undefined;
      const size = largest(views);
      return typeof blur === 'string' && blur !== 'none' && typeof high === 'number' && high > Math.max(4, size / 20)
        ? `blurSigma goes up to ${String(high)} pixels of ${String(size)}: it is the standard deviation, 0.1 to 2 in both papers, not the size of the kernel`
        : undefined;
    },
  ],
  [
    27,
    ({ augmenter }, views) =>
      largest(views) <= SMALL_IMAGE && augmenter.options['strength'] === 1
        ? `colour strength 1 at ${String(largest(views))} pixels; CIFAR settings take 0.5`
        : undefined,
  ],
  [
    27,
    ({ augmenter }, views) =>
      largest(views) <= SMALL_IMAGE &&
      typeof augmenter.options['blur'] === 'string' &&
      augmenter.options['blur'] !== 'none'
        ? `blur at ${String(largest(views))} pixels; CIFAR settings have none`
        : undefined,
  ],
  [
    29,
    ({ data }) => {
      const wrong = data.normalize && [...data.normalize.mean, ...data.normalize.std].some((value) => value > 1);
      return wrong ? 'data.normalize is in units of the full range, 0 to 1; this looks like bytes' : undefined;
    },
  ],
  [
    31,
    ({ encoder, trainer }) =>
      encoder.options['norm'] === 'batch' && trainer.batchSize < 32
        ? `batch norm over ${String(trainer.batchSize)} images: its statistics tell positives apart from negatives; try norm: layer, or more images`
        : undefined,
  ],
  [
    35,
    ({ evaluation, data }) => {
      const knn = evaluation.find(({ name }) => name === 'knn');
      const k = knn?.options['k'];
      return typeof k === 'number' && data.limit !== null && k * 10 > data.limit
        ? `kNN lets ${String(k)} of at most ${String(data.limit)} images vote; published numbers take 200 of 50,000`
        : undefined;
    },
  ],
  [
    36,
    ({ optimizer }) => {
      const { exclude, excludeNames, groups } = optimizer.options;
      return optimizer.name === 'lars' && [exclude, excludeNames, groups].every(isEmpty)
        ? 'LARS decays and adapts biases and norms too; the reference leaves them out: exclude: [bias, norm]'
        : undefined;
    },
  ],
  [
    null,
    ({ optimizer, trainer }) =>
      (optimizer.name === 'lars' || optimizer.name === 'larc') && trainer.batchSize < 256
        ? `${optimizer.name} is for large batches; at ${String(trainer.batchSize)} the reference codes take SGD or Adam`
        : undefined,
  ],
  [
    37,
    ({ schedule, trainer }) => {
      const { warmupEpochs: epochs, warmupSteps: steps } = schedule.options;
      const fills = (warmup: string, run: string): string =>
        `the warm-up of ${warmup} fills the run of ${run}: the rate never comes down`;
      if (typeof steps === 'number')
        return steps >= (trainer.maxSteps ?? Infinity) ? fills(`${steps} steps`, String(trainer.maxSteps)) : undefined;
      return typeof epochs === 'number' && epochs >= trainer.epochs
        ? fills(`${epochs} epochs`, String(trainer.epochs))
        : undefined;
    },
  ],
  [
    null,
    ({ encoder }, views) => {
      const size = largest(views);
      if (encoder.options['stem'] === 'imagenet' && size <= SMALL_IMAGE)
        return `the ImageNet stem leaves ${String(Math.ceil(size / 32))} x ${String(Math.ceil(size / 32))} pixels of ${String(size)} at the last stage; take stem: cifar`;
      return encoder.options['stem'] === 'cifar' && size > 2 * SMALL_IMAGE
        ? `the CIFAR stem keeps ${String(size)} pixels at full resolution: about 16 times the work of stem: imagenet`
        : undefined;
    },
  ],
  [
    10,
    ({ data, trainer }) =>
      data.limit !== null && data.limit < trainer.batchSize
        ? `${String(data.limit)} images do not fill a batch of ${String(trainer.batchSize)}, and short batches are dropped`
        : undefined,
  ],
];

const isEmpty = (value: unknown): boolean => !Array.isArray(value) || value.length === 0;

function largest(views: readonly Crops[]): number {
  return Math.max(...views.map(({ size }) => size));
}

/** What a recipe may have got wrong. @param views of its augmenter */
export function traps(recipe: ResolvedRecipe, views: readonly Crops[]): readonly Trap[] {
  const none: ResolvedPart = { name: '', options: {} };
  const complete = { encoder: none, head: none, objective: none, ...recipe };
  return RULES.flatMap(([number, rule]) => {
    const message = rule(complete, views);
    return message === undefined ? [] : [{ number, message }];
  });
}
