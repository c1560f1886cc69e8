/** Folders of files for tests, and the same as tars. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';
import { entriesOf, folderWith } from './tars.ts';

/** Names of so many images in each folder: `{ 'train/cat': 2 }` is train/cat/0.png and train/cat/1.png; `.` is the root. */
export function imageNames(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts).flatMap(([folder, count]) =>
    Array.from({ length: count }, (_, i) => (folder === '.' ? '' : `${folder}/`) + `${String(i)}.png`),
  );
}

/** Makes empty files in a new folder; data sets do not look inside. */
export async function filesIn(names: readonly string[]): Promise<string> {
  const root = await temporaryFolder();
  for (const name of names) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), '');
  }
  return root;
}

/** The same files in one tar in a new folder. */
export function tarWith(names: readonly string[]): Promise<string> {
  return folderWith({ 'all.tar': entriesOf(names) });
}
