import { chmod } from 'node:fs/promises';

/** Does something while a path may be read by nobody; as root, who may read everything, by doing it as nobody. */
export async function whileLocked(path: string, act: () => Promise<void>): Promise<void> {
  await chmod(path, 0);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(path, 0o755);
  }
}
