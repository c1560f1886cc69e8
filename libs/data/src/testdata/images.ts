/** Small images on disk for tests. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { temporaryFolder } from './temporary-folder.ts';

export { temporaryFolder };

/** A PNG of one colour. */
export async function writeColour(path: string, red: number, green = 0, blue = 0, size = 8): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await sharp({ create: { width: size, height: size, channels: 3, background: { r: red, g: green, b: blue } } })
    .png({ compressionLevel: 1 })
    .toFile(path);
}

/** A file that is named like an image and is none. */
export async function writeBroken(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'this is no image');
}

/** `count` images in two class folders `a` and `b`, red = their index. */
export async function classFolders(count: number): Promise<string> {
  const folder = await temporaryFolder();
  for (let i = 0; i < count; i++)
    await writeColour(join(folder, i < count / 2 ? 'a' : 'b', `${String(i).padStart(3, '0')}.png`), i);
  return folder;
}
