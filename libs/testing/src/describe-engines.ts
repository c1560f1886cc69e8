import { inspectEngines, openEngine, type EngineName } from '@tessera/engine';
import { beforeAll, describe } from 'vitest';

/**
 * The same tests on each engine; one that this machine lacks shows as skipped, by name. Await it at the top of a test file.
 * @param tests declares them; called once an engine, which is open when they run
 */
export async function describeEngines(
  names: readonly EngineName[],
  tests: (engine: EngineName) => void,
): Promise<void> {
  const reports = await inspectEngines();
  for (const name of names) {
    const available = reports.some((report) => report.name === name && report.available);
    describe.skipIf(!available)(`${name} engine`, () => {
      beforeAll(async () => {
        await openEngine(name);
      });
      tests(name);
    });
  }
}
