import type { Picture, RgbImage } from '@tessera/core';
import { decode } from '@tessera/data';
import type { ImageSet, PreparedRecipe } from '@tessera/run/parts';

/** What the loader keeps in flight too. */
const LANES = 6;

/** Images, and the processor time that they took, milliseconds. */
export interface DecodedImages {
  readonly decoded: readonly RgbImage[];
  readonly read: number;
  readonly decode: number;
}

/** Reads and decodes images by their index, each stage by itself. Those that cannot be read are left out where `skip` says so. */
export async function decodeImages(
  { registry, recipe }: PreparedRecipe,
  { dataset, reader }: ImageSet,
  chosen: Int32Array,
  { skip = false }: { readonly skip?: boolean } = {},
): Promise<DecodedImages> {
  const extension = registry.get('dataset', reader.name);
  const pictures: (Picture | undefined)[] = [];
  const decoded: (RgbImage | undefined)[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!skip) throw error;
    }
  };
  const read = await cpuOf(() =>
    inLanes(chosen, (index, at) =>
      attempt(async () => {
        pictures[at] = await extension.read(dataset.locate(index));
      }),
    ),
  );
  const known = pictures.filter((picture) => picture !== undefined); // those that were skipped are holes
  const milliseconds = await cpuOf(() =>
    inLanes(known, (picture, at) =>
      attempt(async () => {
        decoded[at] = picture.kind === 'pixels' ? picture.image : await decode(picture.bytes, recipe.data.range);
      }),
    ),
  );
  return { decoded: decoded.filter((image) => image !== undefined), read, decode: milliseconds };
}

async function inLanes<T>(items: ArrayLike<T>, work: (item: T, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      await work(items[at] as T, at);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = cpuMilliseconds();
  await work();
  return cpuMilliseconds() - before;
}

/** Of all threads of this process. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
