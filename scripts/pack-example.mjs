// The examples as a stranger gets them: packs every package and the examples as for a registry, installs the tarballs in an empty project outside
// the workspace, and there trains by their recipes and runs the conformance kit, with the built JavaScript.
//   node scripts/pack-example.mjs [--keep]     --keep leaves the project where it is
// Exit code 77: skipped, because the registry that has the other packages cannot be reached.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUnwanted } from './lib/packages.mjs';

const SKIPPED = 77;
const root = fileURLToPath(new URL('..', import.meta.url));
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Runs a command to its end. @returns {string} its standard output @throws {Error} with its last lines when it fails */
function run(title, command, args, cwd) {
  const started = performance.now();
  // As outside of this repository: nothing of `npm run`, and no conditions for Node.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|TSX_|INIT_CWD$)/i.test(name)),
  );
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    const said = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').slice(-25).join('\n');
    const offline = lostRegistry(stderr ?? '');
    if (offline !== undefined) throw new Unreachable(offline);
    throw new Error(`${title}: \`${command} ${args.join(' ')}\` failed\n${error?.message ?? said}`);
  }
  console.log(`  ${title} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  return stdout;
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

/** The registry went away, or was never there: nothing that this repository could mend. */
class Unreachable extends Error {}

/** @returns {string | undefined} npm's line about the network, where that is what it stumbled over */
function lostRegistry(stderr) {
  const network =
    /^npm (error|ERR!).*\b(ETIMEDOUT|EIDLETIMEOUT|ERR_SOCKET_TIMEOUT|ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|FETCH_ERROR|E429|E5\d\d)\b/;
  return stderr.split('\n').find((line) => network.test(line));
}

/** @returns {string | undefined} why the registry cannot be asked */
function registryTrouble() {
  const { status, stderr } = spawnSync(
    'npm',
    ['view', 'zod', 'version', '--fetch-retries=0', '--fetch-timeout=10000'],
    {
      cwd: tmpdir(),
      encoding: 'utf8',
    },
  );
  if (status === 0) return undefined;
  return (stderr ?? '').split('\n').find((line) => /npm (error|ERR!)/.test(line)) ?? 'npm cannot ask it';
}

/** What a tarball must and must not hold. */
function checkContents({ name, files }) {
  const paths = files.map(({ path }) => path);
  for (const path of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts'])
    check(paths.includes(path), `${name}: ${path} is not packed`);
  const unwanted = paths.find(isUnwanted);
  check(unwanted === undefined, `${name}: ${unwanted} is packed`);
  const { bin = {}, exports } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  const published = Object.values(exports).filter((entry) => typeof entry === 'string' || entry.default);
  const entries = published.flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry)));
  const targets = [...Object.values(bin), ...entries];
  for (const target of targets) check(paths.includes(target.replace('./', '')), `${name}: ${target} is not packed`);
}

/** Versions of a package in what `npm ls --json` tells. */
function versionsOf(dependencies = {}, wanted) {
  return Object.entries(dependencies).flatMap(([name, { version, dependencies: below }]) => [
    ...(name === wanted && version ? [version] : []),
    ...versionsOf(below, wanted),
  ]);
}

function main(folder) {
  run('build', 'npx', ['tsc', '-b'], root);
  const packed = JSON.parse(
    run('pack', 'npm', ['pack', '--workspaces', '--silent', '--json', '--pack-destination', folder], root),
  );
  const tarballs = Array.isArray(packed) ? packed : Object.values(packed);
  for (const tarball of tarballs) checkContents(tarball);
  const kilobytes = tarballs.reduce((sum, { size }) => sum + size, 0) / 1000;
  console.log(
    `  ${tarballs.length} tarballs, ${kilobytes.toFixed(0)} kB; each has its licence, readme, entries and no tests`,
  );

  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    '{ "name": "a-strangers-project", "private": true, "type": "module" }\n',
  );
  const files = tarballs.map(({ filename }) => join(folder, filename));
  // What `npm ci` brought is in npm's cache: few packages have to come over the network once more.
  const flags = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefer-offline',
    '--fetch-retries=5',
  ];
  run('install', 'npm', ['install', ...flags, ...files, `vitest@${devDependencies.vitest}`], project);

  // Packages know extensions by what core made, and options by zod's classes: everybody must share one of each.
  for (const shared of ['@tessera/core', '@tessera/engine', 'zod', '@tensorflow/tfjs-core']) {
    const { dependencies } = JSON.parse(run(`one ${shared}`, 'npm', ['ls', shared, '--all', '--json'], project));
    const places = new Set(versionsOf(dependencies, shared));
    check(places.size === 1, `${shared} is installed as ${[...places].join(' and ')}`);
  }
  const nested = readdirSync(join(project, 'node_modules'), { recursive: true }).filter((path) =>
    /node_modules[\\/](@tessera[\\/]|zod$)/.test(path),
  );
  check(nested.length === 0, `there is more than one copy: ${nested.join(', ')}`);

  const tessera = join(project, 'node_modules/.bin/tessera');
  trainBy(tessera, project, 'vicreg', 'tessera-plugin-vicreg', ['trainer.epochs=2']);
  trainBy(tessera, project, 'mae', 'tessera-plugin-masked-autoencoder', [
    'data.source=shapes',
    'data.every=null',
    'encoder.options.depth=1',
    'trainer.epochs=1',
  ]);

  writeFileSync(
    join(project, 'kit.test.mjs'),
    `import { testAugmenter, testMethod, testObjective } from '@tessera/testing';
import { mae } from 'tessera-plugin-masked-autoencoder';
import plugin, { vicreg, vicregAugmenter, vicregObjective } from 'tessera-plugin-vicreg';

testMethod(vicreg, { plugins: [plugin] });
testObjective(vicregObjective);
testAugmenter(vicregAugmenter, { options: vicreg.defaults.augmenter.options });
testMethod(mae, { options: { decoder: { width: 8, depth: 1, heads: 2 } }, views: [{ count: 1, size: 8, channels: 3 }] });
`,
  );
  const patient = ['--testTimeout=300000', '--hookTimeout=300000'];
  run('conformance kit', join(project, 'node_modules/.bin/vitest'), ['run', '--pool=forks', ...patient], project);
  run('tessera new', tessera, ['new', 'objective', 'mine'], project);
  const started = JSON.parse(readFileSync(join(project, 'tessera-plugin-mine/package.json'), 'utf8'));
  check(/^\^/.test(started.devDependencies['@tessera/testing']), 'tessera new did not take versions from the registry');
  check(existsSync(join(project, 'tessera-plugin-mine/src/mine.test.ts')), 'tessera new wrote no test');
}

/** Trains by a recipe as it was installed, shortened, on images that need no download. */
function trainBy(tessera, project, method, name, changes) {
  const [recipe, out] = [`${method}.yaml`, `run-${method}`];
  cpSync(join(project, 'node_modules', name, 'recipe.yaml'), join(project, recipe));
  const short = ['data.limit=128', 'data.workers=1', 'trainer.batchSize=32', 'trainer.engine=wasm', ...changes];
  const set = short.flatMap((change) => ['--set', change]);
  run(`train ${method}`, tessera, ['pretrain', recipe, '--out', out, ...set], project);
  for (const file of ['recipe.resolved.yaml', 'metrics.jsonl', 'encoder.safetensors'])
    check(existsSync(join(project, out, file)), `the run folder of ${method} has no ${file}`);
  const events = readFileSync(join(project, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  check(events[0].method === method, `the run began with ${JSON.stringify(events[0])}, expected the method ${method}`);
  const steps = events.filter(({ type }) => type === 'step');
  check(
    steps.length > 0 && steps.every(({ loss }) => Number.isFinite(loss)),
    `the run of ${method} has no steps with a finite loss`,
  );
  const knn = events.find(({ type }) => type === 'evaluation');
  check(knn !== undefined, `the run of ${method} was not evaluated`);
  check(events.at(-1).reason === 'finished', `the run of ${method} ended with ${JSON.stringify(events.at(-1))}`);
  console.log(
    `  ${steps.length} steps of ${method}, last loss ${steps.at(-1).loss}, ${JSON.stringify(knn.scores ?? knn.metrics ?? knn)}`,
  );
}

function skip(trouble) {
  console.log(`  SKIPPED: the registry cannot be reached (${trouble})`);
  process.exitCode = SKIPPED;
}

const trouble = registryTrouble();
if (trouble !== undefined) skip(trouble);
else {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-packed-'));
  try {
    main(folder);
  } catch (error) {
    if (error instanceof Unreachable) skip(error.message);
    else {
      console.error(error.message);
      process.exitCode = 1;
    }
  } finally {
    if (process.argv.includes('--keep')) console.log(`  kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}
