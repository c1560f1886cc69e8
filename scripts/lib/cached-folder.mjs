// A folder in the user's cache that is either complete or not there, however many clones make it at the same time.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const abandonedMilliseconds = 24 * 3600 * 1000;

/**
 * Fills a temporary sibling and renames it. Whoever comes second uses the first one's folder.
 * @param {object} options
 * @param {string} options.folder the final path
 * @param {number} options.bytes free space needed on the way
 * @param {(folder: string) => boolean} options.usable whether a folder found at the final path is a good one
 * @param {(temporary: string) => Promise<object>} options.fill fills an empty folder; what it returns is kept in complete.json
 * @returns {Promise<boolean>} whether this call made it
 * @throws {Error} one line: not writable, no space, or what `fill` throws; nothing is left behind
 */
export async function makeCachedFolder({ folder, bytes, usable, fill }) {
  if (usable(folder)) return false;
  const parent = dirname(folder);
  const temporary = `${folder}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(temporary, { recursive: true });
  } catch (error) {
    throw new Error(
      `cannot write to ${tidyPath(parent)} (${error.code}); set XDG_CACHE_HOME to a folder that can be written`,
    );
  }
  try {
    sweep(parent, basename(folder));
    const { bavail, bsize } = statfsSync(parent);
    if (bavail * bsize < bytes) {
      throw new Error(
        `${tidyPath(parent)} has ${gigabytes(bavail * bsize)} free and ${gigabytes(bytes)} are needed; ` +
          'free some, or set XDG_CACHE_HOME to a folder on another disk',
      );
    }
    const facts = await fill(temporary);
    writeFileSync(
      join(temporary, 'complete.json'),
      `${JSON.stringify({ ...facts, made: new Date().toISOString() }, null, 2)}\n`,
    );
    return publish(temporary, folder, usable);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** A rename onto a folder that is not empty fails: then another install was faster, or somebody deleted a part of the old one. */
function publish(temporary, folder, usable) {
  try {
    renameSync(temporary, folder);
    return true;
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
  if (usable(folder)) return false;
  const broken = `${temporary}-broken`;
  renameSync(folder, broken);
  renameSync(temporary, folder);
  rmSync(broken, { recursive: true, force: true });
  return true;
}

/** What a killed install left, once nobody can still be working on it. */
function sweep(parent, name) {
  for (const entry of readdirSync(parent)) {
    if (!entry.startsWith(`${name}.tmp-`)) continue;
    const path = join(parent, entry);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > abandonedMilliseconds) rmSync(path, { recursive: true, force: true });
  }
}

/** @param {string} path */
export function tidyPath(path) {
  const home = homedir();
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
