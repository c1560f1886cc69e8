import { EventBus } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { watchGradient } from './gradient-watch.ts';

/** Codes that are told of a run whose gradient norms are these. */
function codesOf(
  norms: readonly number[],
  earlier: readonly string[] = [],
  before?: (bus: EventBus) => void,
): string[] {
  const bus = new EventBus();
  const codes: string[] = [];
  const watch = watchGradient(
    bus,
    earlier.map((code) => ({ code })),
  );
  before?.(bus);
  bus.ofType('warning').subscribe(({ code }) => codes.push(code));
  norms.forEach((gradientNorm, step) => {
    watch.saw(step + 1, { loss: 0, metrics: { gradientNorm } });
  });
  return codes;
}

describe('watchGradient', () => {
  it('tells once that the gradient is exactly 0, and once that it is back', () => {
    expect(codesOf([1, 0, 0, 1e-30, 0, 0])).toEqual([]);
    expect(codesOf([0, 0, 0, 0, 0, 0])).toEqual(['W_GRADIENT_ZERO']);
    expect(codesOf([0, 0, 0, 0, 1, 1, 0, 0])).toEqual(['W_GRADIENT_ZERO', 'W_GRADIENT_BACK']);
  });

  it('says nothing that a run told before it was continued', () => {
    expect(codesOf([0, 0, 0, 0], ['W_GRADIENT_ZERO'])).toEqual([]);
    expect(codesOf([0, 1], ['W_GRADIENT_ZERO'])).toEqual(['W_GRADIENT_BACK']);
    expect(codesOf([0, 0, 0], ['W_GRADIENT_ZERO', 'W_GRADIENT_BACK'])).toEqual(['W_GRADIENT_ZERO']);
  });

  it('leaves a collapse to the objective that told it', () => {
    const tell = (code: string) => (bus: EventBus) => {
      bus.publish({ type: 'warning', code, message: '' });
    };
    expect(codesOf([0, 0, 0], [], tell('W_COLLAPSE'))).toEqual([]);
    expect(codesOf([0, 0, 0], ['W_COLLAPSE'])).toEqual([]);
    expect(codesOf([0, 0, 0], ['W_COLLAPSE'], tell('W_COLLAPSE_OVER'))).toEqual(['W_GRADIENT_ZERO']);
  });
});
