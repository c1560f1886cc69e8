/**
 * The name of an entry within its tar: `/` between parts, without `.` and empty parts, so without a leading slash (as tar unpacks it).
 * @returns none where it leads out of the tar (`..`) or says nothing
 */
export function innerName(written: string): string | undefined {
  const parts = written.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? undefined : parts.join('/');
}

/** Where a symbolic link leads, within the tar; none where it leads out of it. */
export function linkTarget(from: string, to: string): string | undefined {
  if (to.startsWith('/')) return undefined;
  const parts = from.split('/').slice(0, -1);
  for (const part of to.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Hidden files and those in hidden folders (`._1.jpg` of macOS) are left out, as in a folder. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name.includes('/.');
}

/** WebDataset's key and ending: `train/000017.seg.png` is `train/000017` and `seg.png`. */
export function keyAndEnding(name: string): readonly [key: string, ending: string] {
  const dot = name.indexOf('.', name.lastIndexOf('/') + 1);
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** The key alone, in one Unicode form: what samples are told apart by. */
export function keyOf(name: string): string {
  return keyAndEnding(name)[0].normalize('NFC');
}
