import { describe, expect, it } from 'vitest';
import { status, suffix } from '../testing/compare.ts';
import { runScenario } from './run-scenario.ts';

const TIMEOUT = { timeout: 70_000 };

describe.skipIf(!status.available)(`processes and threads end as they should${suffix}`, () => {
  it('a backend that is removed frees its tensors and can be registered again', TIMEOUT, async () => {
    const { code, lines, errors } = await runScenario('register again');
    expect(code).toBe(0);
    expect(errors).not.toContain('already registered');
    expect(lines).toEqual(Array(3).fill({ sum: 9, code: 'TORCH_BAD_HANDLE', live: 0 }));
  });

  it('workers are terminated in a call, leave with tensors, exit in a tidy; the others go on', TIMEOUT, async () => {
    expect(await runScenario('workers end')).toMatchObject({ code: 0, lines: [{ sum: 10 }], errors: '' });
  });

  it("a worker's error reaches the main thread", TIMEOUT, async () => {
    const { code, lines } = await runScenario('worker throws');
    expect(code).toBe(0);
    expect(lines).toEqual([{ message: expect.stringContaining('kernel BatchMatMul') as string, sum: 10 }]);
  });

  it.each([
    ['main exits while workers run', 0],
    ['exit inside a tidy', 3],
    ['exit inside a gradient', 4],
    ['end with tensors', 0],
  ] as const)('%s: exit code %i', TIMEOUT, async (name, code) => {
    expect(await runScenario(name)).toMatchObject({ code, signal: null, errors: '' });
  });

  it.each([
    ['unhandled error', 'matMul'],
    ['unhandled rejection', 'rejected on purpose'],
    ['main throws while workers run', 'thrown on purpose'],
  ] as const)('%s: exit code 1 and the message', TIMEOUT, async (name, message) => {
    expect(await runScenario(name)).toMatchObject({
      code: 1,
      signal: null,
      errors: expect.stringContaining(message) as string,
    });
  });

  it('a signal ends it in the middle of a call', TIMEOUT, async () => {
    const ending = await runScenario('wait for a signal', {
      onLine: (kill) => {
        setTimeout(() => {
          kill('SIGTERM');
        }, 200);
      },
    });
    expect(ending).toMatchObject({ signal: 'SIGTERM', errors: '' });
  });
});
