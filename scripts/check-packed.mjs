// Checks what would be published of every workspace: no test, nothing that only tests import, everything that published files need. Of `npm
// pack --dry-run`, so what is built counts where something is.
import { spawnSync } from 'node:child_process';
import { checkPacked, workspaces } from './lib/packages.mjs';

const FEWEST_SOURCES = 5; // of a package, on average; a listing that holds nothing would otherwise be fine

const { status, stdout, stderr } = spawnSync(
  'npm',
  ['pack', '--workspaces', '--dry-run', '--ignore-scripts', '--silent', '--json'],
  { encoding: 'utf8', maxBuffer: 2 ** 28 },
);
if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
const listed = new Map(
  Object.values(JSON.parse(stdout)).map(({ name, files }) => [name, files.map(({ path }) => path)]),
);

const packages = workspaces();
const checked = packages.map((each) => checkPacked(each, listed.get(each.manifest.name) ?? []));
const problems = checked.flatMap(({ problems }) => problems);
const sources = checked.reduce((sum, { sources }) => sum + sources, 0);
if (sources < FEWEST_SOURCES * packages.length)
  problems.push(`only ${sources} sources in ${packages.length} packages were seen`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`packed files: ${problems.length} problems`);
  process.exit(1);
}
console.log(`packed files: ${packages.length} packages with ${sources} sources, no test among them`);
