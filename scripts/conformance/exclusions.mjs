// The tests that an engine does not have to pass. One a line: part of the test's name, two spaces or more, `#` and the reason.
import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {{ pattern: string, reason: string }} Exclusion
 * @param {URL} file
 * @returns {Exclusion[]}
 */
export function readExclusions(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => {
      const [, pattern, reason] = /^(.*?)\s{2,}#\s*(.+)$/.exec(line) ?? [];
      if (!pattern || !reason)
        throw new Error(`${file.pathname}:${number}: expected "part of a name  # reason", got "${line}"`);
      return { pattern, reason };
    });
}

/**
 * @param {readonly Exclusion[]} exclusions
 * @param {string} name
 */
export const isExcluded = (exclusions, name) => exclusions.some(({ pattern }) => name.includes(pattern));

/**
 * Those that fit no test: the test has gone, or its name has changed.
 * @param {readonly Exclusion[]} exclusions
 * @param {readonly string[]} names of all tests
 */
export const staleExclusions = (exclusions, names) =>
  exclusions.filter(({ pattern }) => !names.some((name) => name.includes(pattern)));
