import { subset } from '@tessera/data';
import sharp from 'sharp';
import { openTrainingImages } from '../images.ts';
import { compose } from '../compose.ts';
import type { PreparedRecipe } from '../prepare.ts';

const IMAGES = 12;
/** Pixels on screen of a view's side, and of the gap between views. */
const SIDE = 96;
const GAP = 8;

/**
 * Writes a PNG with one line an image: first the image itself, then the views that training makes of it.
 * @returns the path
 */
export async function writeContactSheet(prepared: PreparedRecipe, path: string): Promise<string> {
  const images = await openTrainingImages(prepared);
  const few = {
    ...images,
    indices: Int32Array.from(subset(images.indices.length, { limit: IMAGES }), (at) => images.indices[at] ?? 0),
  };
  const rows = few.indices.length;
  const composition = compose({
    ...prepared,
    recipe: {
      ...prepared.recipe,
      data: { ...prepared.recipe.data, workers: 0 },
      trainer: { ...prepared.recipe.trainer, batchSize: rows },
    },
  });
  try {
    const originals: Tile[][] = [];
    const plain = await composition.plainLoader(few);
    for await (const batch of plain.epoch(0)) {
      originals.push(...tilesOf(batch));
      batch.release();
    }
    await plain.dispose();
    const lines = new Map<number, Tile[]>();
    for await (const batch of (await composition.trainingLoader(few)).epoch(0)) {
      const views = tilesOf(batch);
      batch.sampleIds.forEach((id, row) => {
        lines.set(id, [...(originals[few.indices.indexOf(id)] ?? []), ...(views[row] ?? [])]);
      });
      batch.release();
    }
    const ordered = [...few.indices].flatMap((id) => [lines.get(id) ?? []]);
    await draw(ordered, path);
    return path;
  } finally {
    await composition.dispose();
  }
}

interface Tile {
  readonly size: number;
  readonly channels: number;
  readonly bytes: Uint8Array;
}

interface HostBatch {
  readonly groups: readonly {
    readonly spec: { readonly count: number; readonly size: number; readonly channels: number };
    readonly pixels: Uint8Array | Float32Array;
  }[];
  readonly sampleIds: Int32Array;
}

/** The views of each image of a batch. */
function tilesOf({ groups, sampleIds }: HostBatch): Tile[][] {
  return Array.from(sampleIds, (_, row) =>
    groups.flatMap(({ spec: { count, size, channels }, pixels }) =>
      Array.from({ length: count }, (__, view) => {
        const length = size * size * channels;
        const from = (view * sampleIds.length + row) * length;
        return { size, channels, bytes: toBytes(pixels.subarray(from, from + length)) };
      }),
    ),
  );
}

function toBytes(pixels: Uint8Array | Float32Array): Uint8Array {
  return pixels instanceof Uint8Array
    ? pixels.slice()
    : Uint8Array.from(pixels, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}

async function draw(lines: readonly Tile[][], path: string): Promise<void> {
  const columns = Math.max(...lines.map((line) => line.length));
  const cell = SIDE + GAP;
  const overlays = await Promise.all(
    lines.flatMap((line, y) =>
      line.map(async ({ size, channels, bytes }, x) => ({
        input: await sharp(bytes, { raw: { width: size, height: size, channels: channels === 1 ? 1 : 3 } })
          .resize(SIDE, SIDE, { kernel: 'nearest' })
          .png()
          .toBuffer(),
        left: GAP + x * cell + (x > 0 ? GAP : 0),
        top: GAP + y * cell,
      })),
    ),
  );
  await sharp({
    create: { width: columns * cell + 2 * GAP, height: lines.length * cell + GAP, channels: 3, background: '#ffffff' },
  })
    .composite(overlays)
    .png()
    .toFile(path);
}
