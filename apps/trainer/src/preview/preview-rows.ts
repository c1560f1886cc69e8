import { fold, rootKey, TesseraError, type Augmenter, type Dataset, type Plan, type RgbImage } from '@tessera/core';
import { decode, reasonOf } from '@tessera/data';
import { compose, factsOf, type ImageSet, openTrainingImages, type PreparedRecipe, warnOf } from '@tessera/run/parts';

/** Where in its image a view was cut, in pixels. */
export interface CropBox {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** A view as it reaches the encoder, but for the recipe's mean and standard deviation. */
export interface PreviewView {
  /** Side, pixels. */
  readonly size: number;
  /** RGB, [size, size, 3]. */
  readonly bytes: Uint8Array;
  /** Where the augmenter tells. */
  readonly crop: CropBox | undefined;
}

/** One image and its views. */
export interface PreviewRow {
  readonly name: string;
  /** Class name, where there are labels. */
  readonly label: string | undefined;
  readonly image: RgbImage;
  readonly views: readonly PreviewView[];
}

/** Images tried in one place before it is given up. */
const ATTEMPTS = 20;

/**
 * So many training images, spread evenly over the set, with the views that the first epoch of a run with this seed makes of them.
 * (An op that draws once a batch draws here as in the epoch's first batch.)
 * @param warn hears what is doubtful about the data, and of each image that cannot be read: the next one stands in
 * @throws TesseraError about the data, `E_DATA_MOSTLY_BAD` where no image can be read
 */
export async function previewRows(
  prepared: PreparedRecipe,
  count: number,
  warn: (code: string, message: string) => void,
): Promise<readonly PreviewRow[]> {
  const images = await openTrainingImages(prepared);
  warnOf([images], warn);
  const composition = compose(prepared, factsOf(images));
  try {
    const { augmenter } = composition;
    const root = rootKey(prepared.recipe.seed);
    const sampleKey = fold(root, 'augment', 0); // the loader's keys; a test holds the views to the loader's
    const batchKey = fold(root, 'batch', 0, 0);
    const rows: PreviewRow[] = [];
    const many = Math.min(count, images.indices.length);
    for (let row = 0; row < many; row++) {
      const found = await readableIn(prepared, images, share(images.indices, row, many), warn);
      if (!found) continue;
      const { index, image } = found;
      const plan = augmenter.sample(fold(sampleKey, index), batchKey, image.width, image.height);
      const { dataset } = images;
      const label = dataset.label(index);
      rows.push({
        name: nameOf(dataset, index),
        label: label === undefined ? undefined : dataset.classes?.[label],
        image,
        views: viewsOf(augmenter, image, plan),
      });
    }
    if (rows.length > 0) return rows;
    throw new TesseraError({
      code: 'E_DATA_MOSTLY_BAD',
      message: `none of the images tried in '${images.shown}' can be read`,
      next: 'The warnings above say why; check that the folder is the right one.',
    });
  } finally {
    await composition.dispose();
  }
}

/** The candidates of one row. */
function share(indices: Int32Array, row: number, rows: number): Int32Array {
  const [from, to] = [row, row + 1].map((at) => Math.floor((at * indices.length) / rows));
  return indices.subarray(from, Math.min(to ?? 0, (from ?? 0) + ATTEMPTS));
}

async function readableIn(
  { recipe, registry }: PreparedRecipe,
  { dataset, reader }: ImageSet,
  candidates: Int32Array,
  warn: (code: string, message: string) => void,
): Promise<{ readonly index: number; readonly image: RgbImage } | undefined> {
  for (const index of candidates) {
    try {
      const picture = await registry.get('dataset', reader.name).read(dataset.locate(index));
      return {
        index,
        image: picture.kind === 'pixels' ? picture.image : await decode(picture.bytes, recipe.data.range),
      };
    } catch (error) {
      warn('W_BAD_IMAGE', `${dataset.describe(index)} cannot be read: ${reasonOf(error)}`);
    }
  }
  return undefined;
}

function nameOf(dataset: Dataset, index: number): string {
  return dataset.name?.(index) ?? dataset.describe(index);
}

function viewsOf(augmenter: Augmenter, image: RgbImage, plan: Plan): readonly PreviewView[] {
  const groups = augmenter.apply(image, plan);
  return augmenter.views.flatMap(({ count, size, channels }, group) => {
    const pixels = groups[group] ?? new Uint8Array(0);
    const length = size * size * channels;
    return Array.from({ length: count }, (_, view) => ({
      size,
      bytes: toRgb(pixels.subarray(view * length, (view + 1) * length), channels),
      crop: cropOf(plan, group, view),
    }));
  });
}

/** Values in [0, 1] or bytes, to bytes; of other than three channels the first one, gray. */
function toRgb(pixels: Uint8Array | Float32Array, channels: number): Uint8Array {
  const byte = (value: number): number =>
    pixels instanceof Uint8Array ? value : Math.round(255 * Math.min(1, Math.max(0, value)));
  return Uint8Array.from({ length: (pixels.length / channels) * 3 }, (_, i) =>
    byte(pixels[channels === 3 ? i : Math.floor(i / 3) * channels] ?? 0),
  );
}

/** The augmenters of this house plan `[group][view] = { crop, .. }`; another's plan may hold anything. */
function cropOf(plan: Plan, group: number, view: number): CropBox | undefined {
  const views: unknown = Array.isArray(plan) ? plan[group] : undefined;
  const drawn: unknown = Array.isArray(views) ? views[view] : undefined;
  if (typeof drawn !== 'object' || drawn === null || !('crop' in drawn)) return undefined;
  const { crop } = drawn;
  if (typeof crop !== 'object' || crop === null) return undefined;
  const { top, left, height, width } = crop as Partial<Record<keyof CropBox, unknown>>;
  if (![top, left, height, width].every((value) => typeof value === 'number')) return undefined;
  return crop as CropBox;
}
