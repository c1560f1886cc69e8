import { readdir } from 'node:fs/promises';
import { join, parse, sep } from 'node:path';
import { readImageFile } from './read-image-file.ts';

/**
 * The bytes of an image file whose name somebody wrote down. A file that is not there under that name is looked for under the other Unicode
 * forms of it (macOS and old archives decompose letters, keyboards compose them), then without spaces around it.
 * @throws Error as `readImageFile`, about the name as it was written
 */
export async function readNamedFile(path: string): Promise<Uint8Array> {
  try {
    return await readImageFile(path);
  } catch (error) {
    const onDisk = isMissing(error) ? await spelledOnDisk(path) : undefined;
    if (onDisk === undefined) throw error;
    return readImageFile(onDisk);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A path as the file system has it, in whichever Unicode form; none where no name, or several, could be meant. */
export async function spelledOnDisk(path: string): Promise<string | undefined> {
  const { root } = parse(path);
  let found = root;
  for (const part of path.slice(root.length).split(sep)) {
    const names = await readdir(found).catch((): string[] => []);
    const name = names.includes(part) ? part : alone(names, (own) => own.normalize('NFC') === part.normalize('NFC'));
    const spelled = name ?? alone(names, (own) => own.normalize('NFC').trim() === part.normalize('NFC').trim());
    if (spelled === undefined) return undefined;
    found = join(found, spelled);
  }
  return found;
}

function alone(names: readonly string[], accepts: (name: string) => boolean): string | undefined {
  const accepted = names.filter(accepts);
  return accepted.length === 1 ? accepted[0] : undefined;
}
