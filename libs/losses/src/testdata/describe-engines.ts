import { engineNames, inspectEngines, openEngine, type EngineName } from '@tessera/engine';
import { beforeAll, describe } from 'vitest';

const reports = await inspectEngines();

/** The same tests on every engine; one that this machine lacks shows as skipped, by name. */
export function describeEngines(tests: (engine: EngineName) => void): void {
  for (const name of engineNames) {
    const available = reports.some((report) => report.name === name && report.available);
    describe.skipIf(!available)(`${name} engine`, () => {
      beforeAll(async () => {
        await openEngine(name);
      });
      tests(name);
    });
  }
}
