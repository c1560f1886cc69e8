// `npm run release -- [VERSION | major | minor | patch] [--dry-run]` (default: minor): gives all packages one new version with nx release, moves what is
// unreleased in CHANGELOG.md under it, builds, and packs the tarballs in dependency order into `releases/VERSION`. It publishes nothing: it ends with the
// commands that would. With --dry-run, nothing in the repository changes, and the tarballs, of the version that is there, are only counted.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { changelogFor, inDependencyOrder, withRanges } from './lib/release/packages.mjs';

// In one process, nx needs no socket and waits for no other.
Object.assign(process.env, { NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' });
const { releaseVersion } = await import('nx/release/index.js');

const root = fileURLToPath(new URL('..', import.meta.url));
const changelog = join(root, 'CHANGELOG.md');

const packagesIn = (...kinds) =>
  kinds
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }));

/** @returns {string} standard output @throws {Error} with the last lines of what it said */
function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stdout;
  const said = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').slice(-25).join('\n');
  throw new Error(`\`${command} ${args.join(' ')}\` failed\n${error?.message ?? said}`);
}

async function newVersion(specifier, dryRun) {
  const { workspaceVersion, projectsVersionData } = await releaseVersion({
    specifier,
    dryRun,
    gitCommit: false,
    gitTag: false,
    stageChanges: false,
  });
  const version = workspaceVersion ?? Object.values(projectsVersionData)[0]?.newVersion;
  if (typeof version !== 'string') throw new Error(`nx release made no version of '${specifier}'`);
  return version;
}

/** The root names the version too, the examples the packages of it, and the lock file all of them. */
function updateRest(version) {
  change('package.json', (manifest) => ({ ...manifest, version }));
  for (const { folder } of packagesIn('examples'))
    change(`${folder}/package.json`, (manifest) => withRanges(manifest, `^${version}`));
  run('npm', 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline');
}

function change(path, to) {
  const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'));
  writeFileSync(join(root, path), `${JSON.stringify(to(manifest), null, 2)}\n`);
}

/** @returns {readonly string[]} the tarballs' paths, in the order in which they can be published */
function pack(ordered, folder) {
  return ordered.map(({ folder: from, manifest }, i) => {
    const json = run('npm', 'pack', `./${from}`, '--silent', '--json', '--pack-destination', folder);
    const [{ filename, size, entryCount }] = Object.values(JSON.parse(json));
    const kilobytes = (size / 1000).toFixed(0);
    console.log(`  ${i + 1}. ${manifest.name} ${manifest.version}: ${entryCount} files, ${kilobytes} kB`);
    return join(folder, filename);
  });
}

async function main({ specifier, dryRun }) {
  if (!dryRun && run('git', 'status', '--porcelain').trim() !== '')
    throw new Error('there are changes that are not committed; a release starts from a commit');
  const before = readFileSync(changelog, 'utf8');
  const version = await newVersion(specifier, dryRun);
  const after = changelogFor(before, version, new Date().toISOString().slice(0, 10));
  if (!dryRun) {
    writeFileSync(changelog, after);
    updateRest(version);
  }
  console.log(`\nrelease: ${version}; CHANGELOG.md ${dryRun ? 'would have' : 'has'} it\nrelease: build`);
  // The compiler leaves what it once made of files that have moved, and a tarball takes all of dist.
  for (const { folder } of packagesIn('libs', 'apps'))
    rmSync(join(root, folder, 'dist'), { recursive: true, force: true });
  run('npx', 'nx', 'run-many', '-t', 'build', '--skip-nx-cache', '--outputStyle=static');
  const folder = dryRun ? mkdtempSync(join(tmpdir(), 'tessera-release-')) : join(root, 'releases', version);
  mkdirSync(folder, { recursive: true });
  const ordered = inDependencyOrder(packagesIn('libs', 'apps'));
  console.log(`release: pack ${ordered.length} packages, each after those it needs`);
  const tarballs = pack(ordered, folder);
  if (dryRun) {
    rmSync(folder, { recursive: true });
    console.log('release: a dry run; nothing was changed, nothing published');
    return;
  }
  console.log(`release: nothing is published. Commit, tag v${version}, then, in this order:`);
  for (const tarball of tarballs) console.log(`  npm publish ${tarball}`);
}

try {
  const { values, positionals } = parseArgs({
    options: { 'dry-run': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new Error(`one version, got ${positionals.join(' ')}`);
  await main({ specifier: positionals[0] ?? 'minor', dryRun: values['dry-run'] });
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
