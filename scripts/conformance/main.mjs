// tfjs-core's own test suite against one of our engines: `npm run conformance -- --engine torch [--filter TEXT] [--list-failures]
// [--excluded] [--json]`. Ends with 1 if a test fails or an exclusion fits no test, with 3 if the engine does not load.
// CONFORMANCE_TRACE=1 prints every test's name before it runs: the last one is the one that took the process down.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '@tessera/engine';
import { bundleTests } from './bundle.mjs';
import { isExcluded, readExclusions, staleExclusions } from './exclusions.mjs';
import { runTests } from './run.mjs';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'torch' },
    filter: { type: 'string', default: '' }, // only tests whose name has this in it
    'list-failures': { type: 'boolean', default: false },
    excluded: { type: 'boolean', default: false }, // runs the excluded tests instead: which of them pass by now?
    json: { type: 'boolean', default: false },
  },
});
const { engine, filter } = values;

const exclusions = readExclusions(new URL(`exclusions/${engine}.txt`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tessera-conformance-'));
const { log } = console; // the run silences the console
const started = performance.now();
let detail = '';
let results = [];
try {
  const bundle = join(folder, 'tests.cjs');
  await bundleTests(bundle);
  results = await runTests({
    engine,
    bundle,
    open: async () => ({ detail } = await openEngine(engine)),
    wanted: (name) => name.includes(filter) && isExcluded(exclusions, name) === values.excluded,
  });
} catch (error) {
  console.error(`conformance: ${error.message}${error.next ? `. ${error.next}` : ''}`);
  process.exit(error.code === 'E_ENGINE_UNAVAILABLE' ? 3 : 2);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const having = (status) => results.filter((result) => result.status === status);
const failures = having('failed');
const names = results.map(({ name }) => name);
const stale = staleExclusions(exclusions, names);
const counts = {
  passed: having('passed').length,
  failed: failures.length,
  excluded: names.filter((name) => isExcluded(exclusions, name)).length,
};
const seconds = Math.round((performance.now() - started) / 1000);

if (values.json) {
  log(JSON.stringify({ engine, detail, ...counts, seconds, failures, stale }, undefined, 1));
} else {
  if (values['list-failures']) {
    for (const { name, messages } of failures) log(`FAILED ${name}\n  ${messages[0]?.split('\n')[0] ?? ''}`);
  }
  for (const { pattern } of stale) log(`STALE exclusions/${engine}.txt: no test has "${pattern}" in its name`);
  log(
    `${engine} (${detail}): ${counts.passed} passed, ${counts.failed} failed, ${counts.excluded} excluded in ${seconds} s`,
  );
}
const nothingRan = counts.passed + counts.failed === 0;
if (nothingRan) log(`conformance: no test with "${filter}" in its name ran`);
process.exit(failures.length > 0 || stale.length > 0 || nothingRan ? 1 : 0);
