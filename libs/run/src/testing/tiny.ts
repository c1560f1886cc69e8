/** Runs small enough for the cpu engine; for tests only. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { PreparedRecipe } from '../prepare.ts';
import { prepare } from './prepare.ts';

/** A new folder under the system's temporary folder, removed when the running test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-trainer-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const common = {
  data: { source: 'shapes', options: { count: 40, size: 16 }, workers: 0 },
  encoder: { name: 'resnet', options: { blocks: [1, 1, 1, 1], width: 2, stem: 'cifar' } },
  trainer: { batchSize: 8, epochs: 2, engine: 'cpu' },
  checkpoint: { everyMinutes: null, keep: 2 },
};

/** SimCLR: 2 epochs of 5 steps. */
export const tinySimclr = {
  ...common,
  method: { name: 'simclr' },
  augmenter: { options: { size: 8 } },
  head: { options: { out: 8 } },
};

/** SwAV with multi-crop, queue and frozen prototypes: 3 epochs of 5 steps. */
export const tinySwav = {
  ...common,
  method: { name: 'swav' },
  augmenter: {
    options: {
      crops: [
        { count: 2, size: 8, scale: [0.2, 1] },
        { count: 2, size: 6, scale: [0.08, 0.5] },
      ],
    },
  },
  head: { options: { out: 8 } },
  objective: { options: { prototypes: 6, queue: { length: 16, fromEpoch: 1 } } },
  trainer: { ...common.trainer, epochs: 3 },
};

/** The same on a folder of images. */
export const folderRecipe = { ...tinySimclr, data: { source: 'folder', workers: 0 } };

/** Writes gray images of 16 pixels as `FOLDER/a/0.png` and so on. @returns the folder */
export async function writeImages(folder: string, count: number): Promise<string> {
  mkdirSync(join(folder, 'a'), { recursive: true });
  const pixels = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#808080' } })
    .png()
    .toBuffer();
  for (let i = 0; i < count; i++) writeFileSync(join(folder, 'a', `${i}.png`), pixels);
  return folder;
}

/** Writes a file in a folder of its own. @returns its path */
export function writeText(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** Writes a recipe to a file. @returns its path */
export function writeRecipe(recipe: object, folder = temporaryFolder()): string {
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, stringify(recipe));
  return file;
}

/** A recipe as the command line would prepare it. */
export function prepared(recipe: object, set: readonly string[] = []): Promise<PreparedRecipe> {
  return prepare(writeRecipe(recipe), { set });
}
