import { fold, rootKey, type Augmenter, type Views } from '@tessera/core';
import type { ImageSet, PreparedRecipe } from '@tessera/run/parts';
import { cpuMilliseconds, decodeImages } from './decode-images.ts';
import type { ViewsOptions } from './views-options.ts';
import { augmenterOptions } from './views-recipe.ts';
import { viewsTasks } from './views-tasks.ts';

/** Processor time of one stage. */
export interface Stage {
  readonly stage: 'read' | 'decode' | 'crop' | 'flip' | 'jitter' | 'grayscale' | 'blur';
  /** For all views of one image; the mean. */
  readonly millisecondsPerImage: number;
}

/** Images at a time: decoded photographs are half a megabyte each. */
const IMAGES = 50;
const ROUNDS = 4;

/**
 * Processor time per stage. Reading and decoding are timed by themselves. Of the rest, each stage is what an augmenter with it takes beyond one
 * without it, on the same image with the same crop: so a stage holds whatever the augmenter merges with it. `crop` holds the conversion to
 * the view's pixel type. A stage that is drawn for some views only counts with that share.
 */
export async function measureStages(
  prepared: PreparedRecipe,
  images: ImageSet,
  options: ViewsOptions,
): Promise<readonly Stage[]> {
  const chosen = images.indices.subarray(0, IMAGES);
  const upTo = growing(prepared, options);
  const spent = { read: 0, decode: 0, stages: upTo.map(() => 0) };
  for (let round = 0; round < ROUNDS; round++) {
    const counts = round > 0 ? 1 : 0; // the first one warms up
    const { decoded, read, decode } = await decodeImages(prepared, images, chosen);
    spent.read += counts * read;
    spent.decode += counts * decode;
    const batchKey = rootKey(round);
    decoded.forEach((image, at) => {
      const key = fold(batchKey, at);
      upTo.forEach(({ augmenter, out }, stage) => {
        const before = cpuMilliseconds();
        augmenter.apply(image, augmenter.sample(key, batchKey, image.width, image.height), out);
        spent.stages[stage] = (spent.stages[stage] ?? 0) + counts * (cpuMilliseconds() - before);
      });
    });
  }
  const perImage = (milliseconds: number): number => milliseconds / ((ROUNDS - 1) * chosen.length);
  return [
    { stage: 'read', millisecondsPerImage: perImage(spent.read) },
    { stage: 'decode', millisecondsPerImage: perImage(spent.decode) },
    ...upTo.map(({ stage }, at) => ({
      stage,
      millisecondsPerImage: perImage((spent.stages[at] ?? 0) - (spent.stages[at - 1] ?? 0)),
    })),
  ];
}

interface Grown {
  readonly stage: Stage['stage'];
  readonly augmenter: Augmenter;
  readonly out: Views;
}

/** The augmenter with the crop only, then with one op more each time. */
function growing({ registry }: PreparedRecipe, options: ViewsOptions): readonly Grown[] {
  const all = augmenterOptions(options);
  const off = { flipProbability: 0, jitterProbability: 0, grayscaleProbability: 0, blur: 'none' };
  const ops = [
    ['flip', 'flipProbability'],
    ['jitter', 'jitterProbability'],
    ['grayscale', 'grayscaleProbability'],
    ['blur', 'blur'],
  ] as const;
  const left: Partial<typeof off> = { ...off };
  const build = (stage: Stage['stage']): Grown => {
    const augmenter = registry.get('augmenter', viewsTasks[options.task].method).build({ ...all, ...left }, {});
    const kind = augmenter.pixelType === 'float32' ? Float32Array : Uint8Array;
    const out = augmenter.views.map(({ count, size, channels }) => new kind(count * size * size * channels));
    return { stage, augmenter, out };
  };
  const grown = [build('crop')];
  for (const [stage, option] of ops) {
    if (stage === 'blur' && all['blur'] === 'none') continue;
    Reflect.deleteProperty(left, option);
    grown.push(build(stage));
  }
  return grown;
}
