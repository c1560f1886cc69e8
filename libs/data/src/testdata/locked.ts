import { chmod, open, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Does something while a path may be read by nobody; as root, who may read everything, by doing it as nobody.
 * @param skip of the test: called, with the reason, where this machine knows no such path
 */
export async function whileLocked(
  skip: (reason: string) => void,
  path: string,
  act: () => Promise<void>,
): Promise<void> {
  await chmod(path, 0);
  const isRoot = process.geteuid?.() === 0;
  try {
    const trouble = (isRoot ? becomeNobody() : undefined) ?? (await whyUntestable(path));
    if (trouble !== undefined) skip(trouble);
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(path, 0o755);
  }
}

/** A container may have no other user than root. */
function becomeNobody(): string | undefined {
  try {
    process.seteuid?.(65_534);
    return undefined;
  } catch (error) {
    return `root cannot become nobody: ${String(error)}`;
  }
}

async function whyUntestable(path: string): Promise<string | undefined> {
  const failed = (error: unknown): unknown => error;
  const around = await readdir(dirname(path)).catch(failed);
  if (around instanceof Error) return `nobody may read where temporary folders are: ${String(around)}`;
  const file = await open(path).catch(failed);
  if (file instanceof Error) return undefined;
  await (file as Awaited<ReturnType<typeof open>>).close();
  return 'this user may read everything';
}
