// The packages that a release consists of, from their package.json alone.

/**
 * @typedef {{ folder: string, manifest: Readonly<Record<string, any>> }} Package
 */

/** Names of other packages that must be there before this one is built or installed. */
const before = ({ manifest }) => Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

/**
 * Each package after those it needs; otherwise in the order given.
 * @param {readonly Package[]} packages
 * @returns {Package[]}
 * @throws {Error} that names packages which need one another
 */
export function inDependencyOrder(packages) {
  const byName = new Map(packages.map((one) => [one.manifest.name, one]));
  const sorted = new Set();
  /** @param {Package} one @param {readonly string[]} path */
  const add = (one, path) => {
    if (sorted.has(one)) return;
    const name = one.manifest.name;
    if (path.includes(name)) throw new Error(`packages need one another: ${[...path, name].join(' -> ')}`);
    for (const needed of before(one)) {
      const other = byName.get(needed);
      if (other) add(other, [...path, name]);
    }
    sorted.add(one);
  };
  for (const one of packages) add(one, []);
  return [...sorted];
}

/**
 * The changelog with what was unreleased under its version, and nothing unreleased.
 * @param {string} text
 * @param {string} version
 * @param {string} date YYYY-MM-DD
 * @throws {Error} where there is nothing to release, or the version stands there already
 */
export function changelogFor(text, version, date) {
  const [head, rest] = text.split(/^## Unreleased\n/m);
  if (rest === undefined) throw new Error("CHANGELOG.md has no section '## Unreleased'");
  if (rest.trimStart().startsWith('## ') || rest.trim() === '')
    throw new Error('nothing is unreleased in CHANGELOG.md');
  if (text.includes(`\n## ${version} `) || text.includes(`\n## ${version}\n`))
    throw new Error(`CHANGELOG.md has ${version} already`);
  return `${head}## Unreleased\n\n## ${version} (${date})\n${rest}`;
}

/**
 * The manifest with one range for every package of ours.
 * @param {Readonly<Record<string, any>>} manifest
 * @param {string} range
 */
export function withRanges(manifest, range) {
  const ranged = (all) =>
    Object.fromEntries(Object.entries(all).map(([name, old]) => [name, name.startsWith('@tessera/') ? range : old]));
  return Object.fromEntries(
    Object.entries(manifest).map(([key, value]) => [key, /ependencies$/.test(key) ? ranged(value) : value]),
  );
}
