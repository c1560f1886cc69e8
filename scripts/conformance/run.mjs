// Runs the bundled tests on the engine that is open, with jasmine, which they are written for.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * @typedef {{ name: string, status: 'passed' | 'failed' | 'excluded' | 'pending', messages: string[] }} Result
 * @param {{ engine: string, bundle: string, open: () => Promise<unknown>, wanted: (name: string) => boolean }} options `open` is called
 *   after the tests' copy of tfjs-core has registered its gradients, so that the engine's own replace them
 * @returns {Promise<Result[]>} in the order of the tests
 */
export async function runTests({ engine, bundle, open, wanted }) {
  const jasmineRequire = require('jasmine-core');
  const jasmine = jasmineRequire.boot(jasmineRequire);
  jasmine.DEFAULT_TIMEOUT_INTERVAL = 300_000; // what hangs ends sometime; a busy machine may take its time
  const label = ` test-${engine} {}`;
  const nameOf = (fullName) => fullName.replace(label, '');

  globalThis.conformanceEnvironment = { name: `test-${engine}`, backendName: engine, flags: {}, isDataSync: true };
  // Two copies of tfjs-core set one platform and register one table of gradients, and some tests print.
  for (const method of ['log', 'warn', 'info']) console[method] = () => undefined;
  require(bundle);
  await open();

  const results = [];
  const env = jasmine.getEnv();
  env.configure({
    random: false,
    failSpecWithNoExpectations: false,
    specFilter: (spec) => wanted(nameOf(spec.getFullName())),
  });
  env.clearReporters();
  env.addReporter({
    specStarted: ({ fullName }) => process.env.CONFORMANCE_TRACE && process.stderr.write(`${nameOf(fullName)}\n`),
    specDone: ({ fullName, status, failedExpectations }) =>
      results.push({
        name: nameOf(fullName),
        status,
        messages: failedExpectations.map(({ message }) => message),
      }),
    suiteDone: ({ fullName, failedExpectations }) => {
      if (failedExpectations.length > 0)
        results.push({
          name: `${nameOf(fullName)} (its set-up)`,
          status: 'failed',
          messages: failedExpectations.map(({ message }) => message),
        });
    },
  });
  await env.execute();
  return results;
}
