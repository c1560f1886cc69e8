import { describe, expect, it } from 'vitest';
import { drawFraction, holdOut, type Labelled } from './draw.ts';

/** `counts[label]` images of each label, one label after the other; -1 stands for none. */
function images(counts: Readonly<Record<number, number>>): Labelled {
  const labels = Object.entries(counts).flatMap(([label, count]) => Array<number>(count).fill(Number(label)));
  return { size: labels.length, label: (i) => (labels[i] === -1 ? undefined : labels[i]) };
}

function countsOf(set: Labelled, positions: Int32Array): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const position of positions) {
    const label = String(set.label(position));
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

const ascending = (positions: Int32Array): boolean => positions.every((p, i) => i === 0 || p > (positions[i - 1] ?? p));

describe('drawFraction', () => {
  it('takes its share of each class, at least one image', () => {
    const set = images({ 0: 1000, 1: 250, 2: 13, 3: 1 });
    const one = drawFraction(set, { fraction: 0.01, seed: 0 });
    expect(countsOf(set, one)).toEqual({ 0: 10, 1: 3, 2: 1, 3: 1 });
    expect(ascending(one)).toBe(true);
    expect(drawFraction(set, { fraction: 1, seed: 0 })).toEqual(Int32Array.from({ length: 1264 }, (_, i) => i));
  });

  it('is the same for a seed, another for another, and nested', () => {
    const set = images({ 0: 100, 1: 100 });
    const small = drawFraction(set, { fraction: 0.1, seed: 1 });
    expect(drawFraction(set, { fraction: 0.1, seed: 1 })).toEqual(small);
    expect(drawFraction(set, { fraction: 0.1, seed: 2 })).not.toEqual(small);
    const large = new Set(drawFraction(set, { fraction: 0.5, seed: 1 }));
    expect([...small].every((position) => large.has(position))).toBe(true);
  });

  it('spreads over a class: every image is drawn about as often', () => {
    const set = images({ 0: 20 });
    const drawn = new Array<number>(20).fill(0);
    for (let seed = 0; seed < 2000; seed++)
      for (const at of drawFraction(set, { fraction: 0.25, seed })) drawn[at] = (drawn[at] ?? 0) + 1;
    // 2000 draws of 5 in 20: 500 each, standard deviation 19.4.
    for (const count of drawn) expect(Math.abs(count - 500)).toBeLessThan(5 * 19.4);
  });

  it('treats images without a label as one group', () => {
    const set = images({ [-1]: 100, 4: 20 });
    expect(countsOf(set, drawFraction(set, { fraction: 0.1, seed: 0 }))).toEqual({ undefined: 10, 4: 2 });
  });

  it.each([0, -1, 1.1, NaN])('refuses %d', (fraction) => {
    expect(() => drawFraction(images({ 0: 3 }), { fraction, seed: 0 })).toThrow(/data.fraction/);
  });
});

describe('holdOut', () => {
  it('splits in two disjoint halves that are the whole, class by class', () => {
    const set = images({ 0: 50, 1: 10, 2: 2, 3: 1 });
    const { train, test } = holdOut(set, { fraction: 0.1, seed: 0 });
    expect(countsOf(set, test)).toEqual({ 0: 5, 1: 1, 2: 1 });
    expect(countsOf(set, train)).toEqual({ 0: 45, 1: 9, 2: 1, 3: 1 });
    expect(Int32Array.from([...train, ...test]).sort()).toEqual(Int32Array.from({ length: 63 }, (_, i) => i));
    expect([ascending(train), ascending(test)]).toEqual([true, true]);
    expect(holdOut(set, { fraction: 0.1, seed: 0 })).toEqual({ train, test });
    expect(holdOut(set, { fraction: 0.1, seed: 1 })).not.toEqual({ train, test });
  });

  it('never takes the last image of a class', () => {
    const set = images({ 0: 3 });
    expect(holdOut(set, { fraction: 0.99, seed: 0 }).train).toHaveLength(1);
  });

  it.each([0, 1])('refuses %d', (fraction) => {
    expect(() => holdOut(images({ 0: 3 }), { fraction, seed: 0 })).toThrow(/data.testFraction/);
  });
});
