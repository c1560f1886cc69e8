// Checks the layer rules of .dependency-cruiser.cjs, that packages list what they import and no more of ours, and that all of this really saw
// the code.
import { cruise } from 'dependency-cruiser';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { checkLists, workspaces } from './lib/packages.mjs';

const FEWEST_MODULES = 60;
const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

const folders = ['libs', 'apps', 'examples'].filter((folder) => existsSync(folder));
const { output } = await cruise(
  folders,
  { ...options, ruleSet: { forbidden }, validate: true, outputType: 'json' },
  { ...options.enhancedResolveOptions, extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'] },
  { tsConfig: extractTSConfig(options.tsConfig.fileName) },
);
const { modules, summary } = JSON.parse(output);
const ours = modules.filter(({ source }) => /^(libs|apps|examples)\/.*\.ts$/.test(source));
const crossings = ours.flatMap(({ source, dependencies }) =>
  dependencies.filter(({ resolved }) => /^libs\//.test(resolved) && resolved.split('/')[1] !== source.split('/')[1]),
);

const packages = workspaces();
const ourNames = new Map(packages.map(({ folder, manifest }) => [folder, manifest.name]));
const libraries = new Set(packages.filter(({ manifest }) => !manifest.bin).map(({ manifest }) => manifest.name));
const lists = packages.map((each) => checkLists(each, libraries, (folder) => ourNames.get(folder)));
const listed = lists.flatMap(({ problems }) => problems);
const imports = lists.reduce((sum, { imports }) => sum + imports, 0);

for (const problem of listed) console.error(problem);
for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} -> ${to}`);
const problems = [];
if (summary.error > 0) problems.push(`${summary.error} forbidden imports`);
if (ours.length < FEWEST_MODULES)
  problems.push(`only ${ours.length} modules seen, expected at least ${FEWEST_MODULES}`);
if (crossings.length < 20)
  problems.push(`only ${crossings.length} imports between packages resolved, so the rules checked nothing`);
if (listed.length > 0) problems.push(`${listed.length} lists of packages that are wrong`);
if (imports < 3 * packages.length)
  problems.push(`only ${imports} packages imported by ${packages.length}, so their lists were not checked`);
if (problems.length > 0) {
  console.error(`layers: ${problems.join('; ')}`);
  process.exit(1);
}
console.log(
  `layers: ${ours.length} modules, ${crossings.length} imports between packages, ${imports} packages listed, no violation`,
);
