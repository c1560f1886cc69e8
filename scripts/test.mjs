// `npm test`: everything a contributor must keep green, in the order in which failures are cheapest. The last line counts the tests; before it
// stands what failed, by name and with the beginning of its message, and before that what was skipped, because an engine or a tool is not here.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runShown } from './lib/run.mjs';
import { failureLines, skippedLines, tellingLines } from './lib/test-summary.mjs';

const { FORCE_COLOR: _forced, NO_COLOR: _none, ...inherited } = process.env;
const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
// In one process, nx needs no socket and waits for no other.
const env = { ...inherited, ...colours, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };

/** What a step exits with when it cannot run here: the packed example without a registry, conformance without the engine. */
const SKIPS = [77, 3];

let passed = 0;
/** @type {import('./lib/test-reporter.mjs').Failure[]} */
const failures = [];
/** @type {import('./lib/test-reporter.mjs').Skipped[]} */
const skippedTests = [];
/** @type {string[]} */
const skippedSteps = [];

/** Runs a command to its end and says how that was. @returns its exit code, and its output where that is not a terminal's own */
async function run(title, command, args, more = {}) {
  console.log(`\n> ${title}`);
  const started = performance.now();
  const ended = await runShown(command, args, { log: (line) => console.log(line), env: { ...env, ...more } });
  const outcome = ended.code === 0 ? 'ok' : SKIPS.includes(ended.code) ? 'SKIPPED' : 'FAILED';
  console.log(`  ${outcome} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  return ended;
}

/** One check that passes, fails or cannot run here, for the reason that it ends with. */
async function step(title, command, args) {
  const { code, output } = await run(title, command, args);
  if (code === 0) passed++;
  else if (SKIPS.includes(code)) skippedSteps.push(`  ${title}: ${output.trim().split('\n').at(-1)?.trim()}`);
  else failures.push({ name: title, message: tellingLines(output) || 'it says why above' });
}

async function tests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/test-reporter.mjs'];
  const { code, output } = await run('tests', 'npx', ['vitest', 'run', ...reporters, ...args], {
    TESSERA_TEST_REPORT: report,
  });
  try {
    const found = JSON.parse(readFileSync(report, 'utf8'));
    passed += found.passed;
    failures.push(...found.failures);
    skippedTests.push(...found.skipped);
    if (found.passed === 0) failures.push({ name: 'tests', message: 'none ran' });
    else if (code !== 0 && found.failures.length === 0)
      failures.push({ name: 'tests', message: `the test runner ended with ${code}\n${tellingLines(output)}` });
  } catch (error) {
    failures.push({
      name: 'tests',
      message: `the test runner left no report: ${error.message}\n${tellingLines(output)}`,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  await step('format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']);
  await step('layers', 'node', ['scripts/check-layers.mjs']);
  await step('packed files', 'node', ['scripts/check-packed.mjs']);
  const targets = ['-t', 'typecheck', 'lint', '--outputStyle=static', '--parallel=2'];
  await step('typecheck, lint', 'npx', ['nx', 'run-many', ...targets]);
  await step('the example installed from tarballs', 'node', ['scripts/pack-example.mjs']);
  await tests(process.argv.slice(2));
  for (const engine of ['torch', 'wasm']) {
    const conformance = ['run', '-s', 'conformance', '--', '--engine', engine, '--list-failures'];
    await step(`conformance of ${engine}`, 'npm', conformance);
  }
}

try {
  await main();
} catch (error) {
  failures.push({ name: 'npm test', message: error.message }); // Ctrl-C, or a command that is not here
}
const skips = [...skippedSteps, ...skippedLines(skippedTests)];
if (skips.length > 0) console.log(['', 'Skipped here:', ...skips].join('\n'));
for (const line of failureLines(failures)) console.log(line);
console.log(`\n${passed} passed, ${failures.length} failed, ${skippedSteps.length + skippedTests.length} skipped`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;
