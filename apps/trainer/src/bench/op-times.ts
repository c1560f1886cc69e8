import { fold, requireDeviceHalf, rootKey, type Augmenter, type Plan, type RgbImage } from '@tessera/core';
import type { ImageSet, PreparedRecipe } from '@tessera/run/parts';
import { decodeImages } from './decode-images.ts';

/** What one stage of the loader takes on one core. */
export interface OpTime {
  /**
   * `read`, `decode`, `draw` (all parameters of an image), `crop`, each op by its name, and `copy` into the batch. `views` is all of it for
   * an augmenter that does not tell its stages.
   */
  readonly stage: string;
  /** For all views of one image; the mean. An op that is drawn for some views only counts with that share. */
  readonly millisecondsPerImage: number;
}

/** Images at a time: decoded photographs are half a megabyte each. */
const IMAGES = 50;
const ROUNDS = 4;

/**
 * Time of every stage of a recipe's images and views, in this thread, whatever the augmenter; ops stand in the order in which they first came.
 * @param on where the ops after the crop run; `device`: the host's part is the crop alone
 */
export async function measureOps(
  prepared: PreparedRecipe,
  images: ImageSet,
  augmenter: Augmenter,
  on: 'host' | 'device',
): Promise<readonly OpTime[]> {
  const { recipe } = prepared;
  const chosen = images.indices.subarray(0, IMAGES);
  const makeViews = viewMaker(recipe.augmenter.name, augmenter, on);
  const spent = new Map(['read', 'decode', 'draw'].map((stage) => [stage, 0]));
  const add = (stage: string, milliseconds: number): void => {
    spent.set(stage, (spent.get(stage) ?? 0) + milliseconds);
  };
  let counted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const counts = round > 0; // the first one warms up
    const skip = recipe.data.onBadImage === 'skip';
    const { decoded, read, decode } = await decodeImages(prepared, images, chosen, { skip });
    if (counts) {
      add('read', read);
      add('decode', decode);
      counted += decoded.length;
    }
    const batchKey = rootKey(round);
    decoded.forEach((image, at) => {
      let from = performance.now();
      const done = (stage: string): void => {
        const now = performance.now();
        if (counts) add(stage, now - from);
        from = now;
      };
      const plan = augmenter.sample(fold(batchKey, at), batchKey, image.width, image.height);
      done('draw');
      makeViews(image, plan, done);
    });
  }
  return [...spent].map(([stage, all]) => ({ stage, millisecondsPerImage: all / Math.max(1, counted) }));
}

/** Makes an image's views into arrays of its own, and says what it has done. */
function viewMaker(
  name: string,
  augmenter: Augmenter,
  on: 'host' | 'device',
): (image: RgbImage, plan: Plan, done: (stage: string) => void) => void {
  const kind = augmenter.pixelType === 'float32' ? Float32Array : Uint8Array;
  const out = augmenter.views.map(({ count, size, channels }) => new kind(count * size * size * channels));
  if (on === 'device') {
    const half = requireDeviceHalf(name, augmenter);
    const parameters = augmenter.views.map(
      ({ count }, group) => new Float32Array(count * (half.parameters[group] ?? 0)),
    );
    return (image, plan, done) => {
      half.cut(image, plan, out, parameters);
      done('crop');
    };
  }
  return (image, plan, done) => {
    const told = { stages: 0 };
    augmenter.apply(image, plan, out, (stage) => {
      told.stages++;
      done(stage);
    });
    done(told.stages > 0 ? 'copy' : 'views');
  };
}
