import type { CollapseSigns } from '../shared/collapse-watch.ts';

/** A loss that tells something, and how a message calls it. */
export interface KnownLoss {
  readonly value: number;
  readonly formula: string;
}

/** What decides whether a contrastive objective has collapsed. */
export interface ContrastiveSetting {
  /** N, images in a step over all ranks, and on this rank. */
  readonly images: number;
  readonly ownImages: number;
  /** The loss when all embeddings are alike; undefined where it tells nothing. */
  readonly collapse?: KnownLoss | undefined;
  /** The mean loss is at least so much when an image's views are no more alike than other images are; default: that of the collapse. */
  readonly uninformed?: number | undefined;
  /** Of a loss that is a log-likelihood; undefined where it has none. */
  readonly temperature?: number | undefined;
  /** Whether similarities are cosines. */
  readonly normalize: boolean;
}

/** Mean squared distance from their mean, over their length, of embeddings that are one vector but for rounding. */
const ALIKE = 1e-9;
/** Embeddings that are this many times closer together than in the first step have drawn together. */
const CLOSER = 0.1;
/** A loss this near to the collapse value, relatively, sits there. */
const NEAR = 0.005;
/** A loss that cosines can move by so little, relatively, is blind to them. */
const BLIND = 0.01;
/** A log-likelihood so many times that of guessing is no way to learn. */
const WORSE = 10;
/** Most steps of a window. */
const MOST = 0.75;
/** Standard errors that a mean may be off by chance. */
const BY_CHANCE = 2;

const RATE = 'lower optimizer.options.learningRate or lengthen the warm-up';
const IMAGES = 'look at the images and views (tessera preview): constant images, copies of one image';

/**
 * Signs of collapse for losses that pick an image's other view out of the batch. Accuracy alone would not do: argmax finds the other view in the
 * smallest differences. Nor would the loss: small batches and low temperatures start at the collapse value, or above, and learn.
 */
export function contrastiveCollapse({
  images,
  ownImages,
  collapse,
  uninformed = collapse?.value,
  temperature,
  normalize,
}: ContrastiveSetting): CollapseSigns {
  const chance = 1 / images;
  const known = collapse && collapse.value > 0 ? collapse : undefined;
  const guessing = temperature === undefined ? Infinity : Math.max(uninformed ?? Infinity, known?.value ?? 0);
  // A positive of cosine 1 among negatives of -1 gains 2 / temperature.
  const blind = known && normalize && temperature !== undefined && 2 / temperature < BLIND * known.value;
  const orTemperature = temperature === undefined ? '' : 'another temperature, or ';
  const sitsAt = known
    ? (loss: number): string =>
        `the loss, ${loss.toFixed(4)}, is at the collapse value, ${known.formula} = ${known.value.toFixed(4)}: `
    : (): string => '';
  const offBy = (loss: number): number => (known ? loss / known.value - 1 : 0);
  return {
    names: ['loss', 'accuracy', 'spread'],
    dead: ({ loss = NaN, spread = NaN }, first) => {
      if (spread > ALIKE) return undefined;
      const told = `${sitsAt(loss)}all embeddings are alike, and nothing can be learnt from them. `;
      return (first['spread'] ?? 0) > ALIKE
        ? `${told}They were not in the first step, so the likely cause is the learning rate: ${RATE}; else ${orTemperature}softer augmentation.`
        : `${told}They have been since the first step: ${IMAGES}, a data.normalize that flattens them.`;
    },
    observe: ({ loss = NaN, accuracy = NaN, spread = NaN }, first) => ({
      loss,
      squaredLoss: loss * loss,
      squaredOff: offBy(loss) ** 2,
      accuracy,
      closer: spread < CLOSER * (first['spread'] ?? 0) && Math.abs(offBy(loss)) < NEAR ? 1 : 0,
    }),
    judge: ({ loss = NaN, squaredLoss = NaN, squaredOff = NaN, accuracy = NaN, closer = NaN }, steps) => {
      if (closer >= MOST)
        return `${sitsAt(loss)}embeddings have drawn together, an image's other view is hardly more similar than any image. The likely cause is the learning rate: ${RATE}; else ${orTemperature}softer augmentation.`;
      if (loss > WORSE * guessing)
        return `the loss ${loss.toFixed(1)} is ${(loss / guessing).toFixed(0)} times that of guessing, ${guessing.toFixed(4)}, and stays there. The likely cause is the temperature, which makes the smallest difference count: raise objective.options.temperature (0.1 to 0.5 in the paper); else the learning rate: ${RATE}.`;
      const luck = BY_CHANCE * Math.sqrt((chance * (1 - chance)) / (steps * ownImages));
      const lossError = Math.sqrt(Math.max(0, squaredLoss - loss * loss) / steps);
      const noBetter = uninformed === undefined || loss + BY_CHANCE * lossError >= uninformed;
      if (noBetter && accuracy <= chance + luck)
        return `an image's other view is found in ${percent(accuracy)} of the cases, by guessing in ${percent(chance)}${uninformed === undefined ? '' : `, and the loss ${loss.toFixed(4)} is not below that of guessing, ${uninformed.toFixed(4)}`}: views of an image have nothing in common. ${capital(IMAGES)}, or an augmentation that leaves nothing of them (cropScale, strength, blur); else ${RATE}.`;
      return blind && Math.sqrt(squaredOff) < NEAR
        ? `${sitsAt(loss)}it does not move, though the embeddings differ. The likely cause is the temperature, at which similarities make no difference: lower objective.options.temperature (0.1 to 0.5 in the paper).`
        : undefined;
    },
  };
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
