// What `npm run quick` runs for which files: pure, so that tests can ask it.
import { posix } from 'node:path';

/**
 * @typedef {{ folder: string, project: string }} Room a workspace package: `libs/losses`, `@tessera/losses`
 * @typedef {{ title: string, command: string, args: readonly string[] }} Step
 */

/** Formatting is checked of files that prettier knows; it leaves others alone. */
const CODE = /\.(ts|mts)$/;
/** What vitest can tell the importers of. */
const MODULE = /\.(ts|mts|mjs|js|json)$/;
/** Rooms whose subject the engines are: there, tests run on all of them. */
const ENGINES = ['libs/engine', 'libs/backend-torch'];

/**
 * The room that a name means: `losses`, `libs/losses` or `@tessera/losses`.
 * @param {string} name
 * @param {readonly Room[]} rooms
 * @returns {Room}
 * @throws {Error} that lists the rooms
 */
export function roomNamed(name, rooms) {
  const wanted = name.replace(/\/+$/, '');
  const found = rooms.find(
    ({ folder, project }) => [folder, project].includes(wanted) || posix.basename(folder) === wanted,
  );
  if (found) return found;
  throw new Error(
    `there is no room '${name}'; there are ${rooms.map(({ folder }) => posix.basename(folder)).join(', ')}`,
  );
}

/**
 * The rooms that files lie in.
 * @param {readonly string[]} files
 * @param {readonly Room[]} rooms
 */
export const roomsOf = (files, rooms) =>
  rooms.filter(({ folder }) => files.some((file) => file.startsWith(`${folder}/`)));

/**
 * The nearest folders above files that are TypeScript projects.
 * @param {readonly string[]} files
 * @param {(path: string) => boolean} exists
 * @returns {string[]}
 */
export function projectsOf(files, exists) {
  const found = new Set();
  for (const file of files.filter((one) => CODE.test(one) || /(^|\/)tsconfig\.json$/.test(one)))
    for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder))
      if (exists(`${folder}/tsconfig.json`)) {
        found.add(folder);
        break;
      }
  return [...found].sort();
}

/**
 * Tests of one engine only, by the names that `describeEngines` gives: the others are tried by `npm test`.
 * @param {string} engine
 */
export const onEngine = (engine) =>
  `^(?!(?:.* )?(?:${['torch', 'tensorflow', 'wasm', 'cpu'].filter((name) => name !== engine).join('|')}) engine )`;

/** @param {string} file @param {string} pattern a path, or a folder and `/**` */
const matches = (file, pattern) => (pattern.endsWith('/**') ? file.startsWith(pattern.slice(0, -2)) : file === pattern);

/**
 * @param {{
 *   files: readonly string[],
 *   room?: Room,
 *   rooms: readonly Room[],
 *   exists: (path: string) => boolean,
 *   engine: string,
 *   leftOut: readonly string[],
 *   root: string,
 * }} what `files` have changed, or are the room's; a file that was changed is tested even where `leftOut` has it;
 *   `root` of the repository, absolute: vitest takes patterns relative to each package
 * @returns {readonly Step[]}
 */
export function planOf({ files, room, rooms, exists, engine, leftOut, root }) {
  const here = files.filter(exists);
  const code = here.filter((file) => CODE.test(file));
  const touched = room ? [room] : roomsOf(files, rooms);
  const projects = projectsOf(files, exists);
  /** @type {Step[]} */
  const steps = [];
  const npx = (title, ...args) => steps.push({ title, command: 'npx', args });
  if (here.length > 0) npx('format', 'prettier', '--check', '--log-level', 'warn', '--ignore-unknown', ...here);
  if (projects.length > 0) npx('types', 'tsc', '-b', ...projects);
  // Files that are as they were are not linted again; what a change elsewhere does to them, `npm test` sees.
  const cache = ['--cache', '--cache-strategy', 'content', '--cache-location', 'node_modules/.cache/quick-eslint'];
  if (code.length > 0) npx('lint', 'eslint', '--no-warn-ignored', ...cache, ...(room ? [room.folder] : code));
  const modules = here.filter(
    (file) => MODULE.test(file) && touched.some(({ folder }) => file.startsWith(`${folder}/`)),
  );
  if (touched.length === 0 || modules.length === 0) return steps;
  const changed = room ? [] : files;
  const excluded = leftOut.filter((pattern) => !changed.some((file) => matches(file, pattern)));
  const all = touched.some(({ folder }) => ENGINES.includes(folder));
  npx(
    'tests',
    'vitest',
    ...(room ? ['run'] : ['related', '--run', ...modules]),
    '--passWithNoTests',
    // Test files share a process, and what they import: half the time.
    '--no-isolate',
    ...touched.map(({ project }) => `--project=${project}`),
    ...excluded.map((pattern) => `--exclude=${root}/${pattern}`),
    ...(all ? [] : ['--testNamePattern', onEngine(engine)]),
  );
  return steps;
}
