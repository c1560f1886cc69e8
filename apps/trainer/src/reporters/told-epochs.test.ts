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

  it('tells at most a hundred epochs and the last of a longer run', () => {
    expect(told(602, 2)).toEqual([...Array.from({ length: 75 }, (_, i) => 4 * i + 3), 300]);
    for (const steps of [101, 150, 1000, 99_999]) {
      expect(told(steps, 1).length).toBeLessThanOrEqual(101);
      expect(told(steps, 1).at(-1)).toBe(steps - 1);
    }
  });
});
