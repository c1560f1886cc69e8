import type { ResolvedRecipe } from '../recipe/resolve.ts';

/** A setting that has cost somebody a result; numbers are those of docs/correctness.md. */
export interface Trap {
  readonly number: number;
  readonly message: string;
}

type Options = Readonly<Record<string, unknown>>;
type Rule = (recipe: ResolvedRecipe, views: readonly { readonly size: number }[]) => string | undefined;

const SMALL_IMAGE = 64;
const record = (value: unknown): Options => (typeof value === 'object' && value !== null ? (value as Options) : {});

const RULES: readonly (readonly [number: number, rule: Rule])[] = [
  [
    1,
    ({ objective, optimizer }) =>
      objective.name === 'nt-xent' && objective.options['reduction'] === 'google' && optimizer.name !== 'lars'
        ? `reduction google is twice the mean over the 2N anchors; LARS does not see the factor, ${optimizer.name} does`
        : undefined,
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
      const mean = data.normalize?.mean;
      return mean && mean.some((value) => value > 1)
        ? 'data.normalize.mean is in units of the full range, 0 to 1; this one looks like bytes'
        : undefined;
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
    36,
    ({ optimizer, trainer }) =>
      (optimizer.name === 'lars' || optimizer.name === 'larc') && trainer.batchSize < 256
        ? `${optimizer.name} is for large batches; at ${String(trainer.batchSize)} the reference codes take SGD or Adam`
        : undefined,
  ],
  [
    37,
    ({ schedule, trainer }) => {
      const warmup = schedule.options['warmupEpochs'];
      return typeof warmup === 'number' && warmup >= trainer.epochs
        ? `the warm-up of ${String(warmup)} epochs fills the run of ${String(trainer.epochs)}: the rate never comes down`
        : undefined;
    },
  ],
  [
    25,
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

function largest(views: readonly { readonly size: number }[]): number {
  return Math.max(...views.map(({ size }) => size));
}

/** What a recipe may have got wrong. @param views of its augmenter */
export function traps(recipe: ResolvedRecipe, views: readonly { readonly size: number }[]): readonly Trap[] {
  return RULES.flatMap(([number, rule]) => {
    const message = rule(recipe, views);
    return message === undefined ? [] : [{ number, message }];
  });
}
