// `npm test`: everything a contributor must keep green, in the order in which failures are cheapest. The last line counts the tests.
// Tests that need an engine that is not here are skipped, and listed by name.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const env = { ...process.env, NX_DAEMON: 'false', FORCE_COLOR: process.stdout.isTTY ? '1' : '0' };

/** What a step exits with when it cannot run here; it has said why. */
const SKIPPED = 77;
const skippedSteps = [];

/** @returns {boolean} whether the step passed, or could not run here */
function step(title, command, args) {
  console.log(`\n> ${title}`);
  const started = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', env });
  if (status === SKIPPED) skippedSteps.push(title);
  const outcome = status === 0 ? 'ok' : status === SKIPPED ? 'SKIPPED' : 'FAILED';
  console.log(`  ${outcome} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  return status === 0 || status === SKIPPED;
}

/** tfjs-core's own tests on an engine. @returns {boolean | undefined} undefined where the engine does not load */
function conformance(engine) {
  console.log(`\n> conformance: ${engine}`);
  const { status } = spawnSync('npm', ['run', '-s', 'conformance', '--', '--engine', engine, '--list-failures'], {
    stdio: 'inherit',
    env,
  });
  return status === 3 ? undefined : status === 0;
}

const checks = [
  step('format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']),
  step('layers', 'node', ['scripts/check-layers.mjs']),
  step('typecheck, lint', 'npx', ['nx', 'run-many', '-t', 'typecheck', 'lint', '--outputStyle=static', '--parallel=2']),
  step('the example installed from tarballs', 'node', ['scripts/pack-example.mjs']),
];

const folder = mkdtempSync(join(tmpdir(), 'tessera-test-'));
const report = join(folder, 'report.json');
step('tests', 'npx', [
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);

const unavailable = [];
for (const engine of ['torch', 'wasm']) {
  const passes = conformance(engine);
  if (passes === undefined) unavailable.push(engine);
  else checks.push(passes);
}

let [passed, failed, skipped] = [0, 0, skippedSteps.length];
for (const title of skippedSteps) console.log(`\nSkipped here: ${title}`);
try {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { name, status, assertionResults } of testResults) {
    if (status === 'failed' && assertionResults.length === 0) failed++;
    for (const { status: outcome, fullName } of assertionResults) {
      if (outcome === 'passed') passed++;
      else if (outcome === 'failed') failed++;
      else {
        if (skipped++ === skippedSteps.length) console.log('\nSkipped here:');
        console.log(`  ${relative('.', name)}: ${fullName}`);
      }
    }
  }
} catch (error) {
  console.error(`The test runner left no report (${error.message}).`);
  failed++;
}
rmSync(folder, { recursive: true, force: true });

for (const engine of unavailable) {
  if (skipped++ === skippedSteps.length) console.log('\nSkipped here:');
  console.log(`  conformance of ${engine}: the engine does not load`);
}

const failures = failed + checks.filter((ok) => !ok).length;
console.log(
  `\n${passed + checks.filter(Boolean).length - skippedSteps.length} passed, ${failures} failed, ${skipped} skipped`,
);
process.exitCode = failures > 0 || passed === 0 ? 1 : 0;
