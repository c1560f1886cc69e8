// What a package says that it needs and publishes, against what its files import.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Folders and files that only tests read. They are not published. */
export const TEST_CODE = /\.test\.|(^|\/)(testdata|testing|safety)\//;

/** Every workspace: its folder, and its package.json. */
export function workspaces(root = '.') {
  return ['libs', 'apps', 'examples']
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readJson(join(folder, 'package.json')) }));
}

/** @returns {string[]} paths within the package */
export function sourcesOf(folder) {
  return ['src', 'bin', 'bench', 'scripts']
    .filter((name) => existsSync(join(folder, name)))
    .flatMap((name) =>
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.m?[tj]s$/.test(entry.name) && !entry.name.endsWith('.d.mts'))
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
    );
}

/** Whether npm packs a source file, by the folders that `files` names. */
function isPublished({ files = [] }, file) {
  const [top] = file.split('/');
  return files.some((entry) => entry === top || entry.startsWith(`${top}/`)) && !TEST_CODE.test(file);
}

/** Modules that a file imports, statically, dynamically or as types only. */
export function importsOf(file) {
  return ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The package of a module: undefined for files, and for what Node brings. */
export function packageOf(module) {
  if (/^[./#]|^node:|^file:/.test(module)) return undefined;
  const name = module.split('/', module.startsWith('@') ? 2 : 1).join('/');
  return builtinModules.includes(name) ? undefined : name;
}

/** Packages that files import. @returns {Map<string, string>} of each, a file that does */
function importedBy(folder, files) {
  return new Map(
    files.flatMap((file) =>
      importsOf(join(folder, file)).flatMap((module) => {
        const name = packageOf(module);
        return name === undefined ? [] : [[name, file]];
      }),
    ),
  );
}

/**
 * What is wrong with a package's lists: published source imports what is not listed; `dependencies`, `devDependencies`, peers or the
 * references of its tsconfig.json list one of ours that nothing imports; tests or references lack one of ours.
 * @param {Set<string>} ours names of all workspaces but those that are commands, which are run and not imported
 * @param {(folder: string) => string | undefined} nameAt the workspace's name of a folder
 * @returns {{ problems: string[], imports: number }}
 */
export function checkLists({ folder, manifest }, ours, nameAt) {
  const files = sourcesOf(folder);
  const published = importedBy(
    folder,
    files.filter((file) => isPublished(manifest, file)),
  );
  const all = importedBy(folder, files);
  for (const imported of [published, all]) imported.delete(manifest.name);
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {}, devDependencies = {} } = manifest;
  const needed = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  const references = new Set(referencesOf(folder).flatMap((path) => nameAt(path) ?? []));
  const isOurs = (name) => ours.has(name);
  const missing = [...published].filter(([name]) => !(name in needed));
  const unused = Object.keys(needed).filter((name) => isOurs(name) && !published.has(name));
  const forTests = [...all].filter(([name]) => isOurs(name) && !published.has(name));
  const untested = forTests.filter(([name]) => !(name in devDependencies) && !(name in needed));
  const idle = Object.keys(devDependencies).filter((name) => isOurs(name) && !all.has(name));
  const unreferenced = [
    ...importedBy(
      folder,
      files.filter((file) => file.startsWith('src/')),
    ),
  ].filter(([name]) => isOurs(name) && name !== manifest.name && !references.has(name));
  const vain = [...references].filter((name) => !all.has(name));
  const at = `${folder}/package.json`;
  return {
    imports: published.size,
    problems: [
      ...missing.map(
        ([name, file]) => `${at}: ${file} imports ${name}, which is not in dependencies or peerDependencies`,
      ),
      ...unused.map((name) => `${at}: lists ${name}, which nothing that is published imports`),
      ...untested.map(([name, file]) => `${at}: ${file} imports ${name}, which is not in devDependencies`),
      ...idle.map((name) => `${at}: devDependencies lists ${name}, which nothing imports`),
      ...unreferenced.map(
        ([name, file]) => `${folder}/tsconfig.json: ${file} imports ${name}, which is not a reference`,
      ),
      ...vain.map((name) => `${folder}/tsconfig.json: refers to ${name}, which nothing imports`),
    ],
  };
}

/** Folders that a package's tsconfig.json refers to. */
function referencesOf(folder) {
  const file = join(folder, 'tsconfig.json');
  if (!existsSync(file)) return [];
  return (readJson(file).references ?? []).map(({ path }) => join(folder, path));
}

/** Whether a file has no place in a package: what tests read, or what was built for this machine. A template's test is for its reader. */
export function isUnwanted(file) {
  if (/\.tsbuildinfo$|\.node$/.test(file)) return true;
  return (TEST_CODE.test(file) || /(^|\/)fixtures\//.test(file)) && !file.startsWith('templates/');
}

/**
 * Files of a package that are published and should not be, or should be and are not: what tests read, what only tests import, imports that lead
 * to what is not published.
 * @param {string[]} packed paths that npm packs
 */
export function checkPacked({ folder, manifest }, packed) {
  const there = new Set(packed);
  const problems = packed.filter(isUnwanted).map((file) => `${folder}: ${file} is packed`);
  // A template is what people get: with its test.
  for (const file of existsSync(join(folder, 'templates')) ? filesIn(folder, 'templates') : [])
    if (!there.has(file)) problems.push(`${folder}: ${file} is not packed`);
  const sources = packed.filter((file) => /^src\/.*\.ts$/.test(file));
  const reached = new Set();
  const walk = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const module of relativesOf(join(folder, file))) {
      const target = join(dirname(file), module).replace(/\.js$/, '.ts');
      if (there.has(target)) walk(target);
      else if (existsSync(join(folder, target)))
        problems.push(`${folder}: ${file} needs ${target}, which is not packed`);
    }
  };
  for (const entry of entriesOf(manifest, folder)) walk(entry);
  for (const file of sources)
    if (!reached.has(file)) problems.push(`${folder}: ${file} is packed, and only tests import it`);
  return { problems, sources: sources.length };
}

/** Source files that people's programs begin with. */
function entriesOf({ exports = {}, bin = {} }, folder) {
  // An entry without a built form is for this checkout only.
  const exported = Object.values(exports).flatMap((entry) => (entry.default && entry['@tessera/source']) ?? []);
  const main = Object.keys(bin).length > 0 && existsSync(join(folder, 'src/main.ts')) ? ['./src/main.ts'] : [];
  return [...exported, ...main].map((path) => path.replace('./', ''));
}

/** Files that a file names: its imports, and URLs of workers and child processes. */
function relativesOf(file) {
  const urls = [...readFileSync(file, 'utf8').matchAll(/['"`](\.{1,2}\/[^'"`\s]+\.(?:ts|js))['"`]/g)].map(
    ([, path]) => path,
  );
  return [...new Set([...importsOf(file).filter((module) => module.startsWith('.')), ...urls])];
}

function filesIn(folder, name) {
  return readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
