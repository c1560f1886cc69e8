import { describe, expect, it } from 'vitest';
import { status, suffix } from '../testing/compare.ts';
import { runScenario } from './run-scenario.ts';

/** Between steps 100 and 500, of the whole process; V8's own heap moves by a few MB. A leak of 20 kB a step would be seen. */
const MOST_GROWTH_MB = 8;

interface Report {
  readonly counts: string[];
  readonly losses: [number, number];
  readonly growthMb: number;
}

describe.skipIf(!status.available)(`500 training steps${suffix}`, () => {
  it.each(['f32', 'bf16'])(
    'leave handles, tensors and memory as they were: %s',
    { timeout: 150_000 },
    async (precision) => {
      const { code, lines, errors } = await runScenario('train', { argument: precision, seconds: 140 });
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      const [report, end] = lines as [Report, unknown];
      expect(report.counts).toHaveLength(1);
      expect(report.losses[1]).toBeLessThan(report.losses[0] - 0.3);
      expect(report.growthMb).toBeLessThan(MOST_GROWTH_MB);
      expect(end).toEqual({ left: [0, 0] });
    },
  );
});
