import { describe, expect, it } from 'vitest';
import { subset } from './every-limit.ts';

describe('subset', () => {
  it('takes each n-th image', () => {
    expect([...subset(10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...subset(10, { every: 3 })]).toEqual([0, 3, 6, 9]);
  });

  it('limits evenly, after thinning, so that sorted classes stay balanced', () => {
    expect([...subset(10, { limit: 5 })]).toEqual([0, 2, 4, 6, 8]);
    expect([...subset(100, { every: 10, limit: 2 })]).toEqual([0, 50]);
    expect([...subset(3, { limit: 10 })]).toEqual([0, 1, 2]);
    expect(subset(50_000, { every: 5, limit: 10_000 })).toEqual(subset(50_000, { every: 5 }));
  });

  it('refuses what is no count', () => {
    expect(() => subset(10, { every: 0 })).toThrow(/data.every/);
    expect(() => subset(10, { limit: 1.5 })).toThrow(/data.limit/);
  });
});
