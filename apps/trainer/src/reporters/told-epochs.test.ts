import { describe, expect, it } from 'vitest';
import { toldEpochs } from './told-epochs.ts';

const told = (totalSteps: number, stepsPerEpoch: number): number[] => {
  const tell = toldEpochs({ totalSteps, stepsPerEpoch });
  return Array.from({ length: Math.ceil(totalSteps / stepsPerEpoch) }, (_, epoch) => epoch).filter(tell);
};

describe('toldEpochs', () => {
  it('tells every epoch of a run of a hundred', () => {
    expect(told(1000, 10)).toHaveLength(100);
    expect(told(7, 5)).toEqual([0, 1]);
  });

  it('tells the first ten epochs, then about a hundred, and the last of a longer run', () => {
    const first = Array.from({ length: 10 }, (_, i) => i);
    expect(told(602, 2)).toEqual([...first, ...Array.from({ length: 73 }, (_, i) => 4 * i + 11), 300]);
    for (const steps of [101, 150, 1000, 99_999]) {
      expect(told(steps, 1).length).toBeLessThanOrEqual(111);
      expect(told(steps, 1).at(-1)).toBe(steps - 1);
    }
  });
});
