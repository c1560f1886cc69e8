import { describe, expect, it } from 'vitest';
import { fold, rootKey } from './key.ts';
import { philox4x32 } from './philox.ts';
import { RandomStream, stream } from './stream.ts';

function encrypt(counter: readonly [number, number, number, number], key: readonly [number, number]): string {
  const out = new Uint32Array(4);
  philox4x32(out, ...counter, ...key);
  return [...out].map((word) => word.toString(16).padStart(8, '0')).join(' ');
}

describe('philox4x32', () => {
  it("reproduces Random123's known answers (kat_vectors, philox4x32 10)", () => {
    expect(encrypt([0, 0, 0, 0], [0, 0])).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    const ones = 0xffffffff;
    expect(encrypt([ones, ones, ones, ones], [ones, ones])).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
    expect(encrypt([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    );
  });
});

describe('fold', () => {
  it('is a pure function of the path', () => {
    expect(fold(rootKey(7), 'augment', 3, 41)).toEqual(fold(fold(rootKey(7), 'augment'), 3, 41));
  });

  it('tells labels, numbers and orders apart', () => {
    const keys = [
      fold(rootKey(1), 1, 2),
      fold(rootKey(1), 2, 1),
      fold(rootKey(1), '1', 2),
      fold(rootKey(2), 1, 2),
      fold(rootKey(1), 12),
    ];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
  });

  it('keeps seeds beyond 32 bits apart', () => {
    expect(rootKey(2 ** 32 + 1)).not.toEqual(rootKey(1));
  });
});

describe('RandomStream', () => {
  it('continues exactly from a saved state at every lane', () => {
    for (let drawn = 0; drawn < 9; drawn++) {
      const original = stream(rootKey(5));
      for (let i = 0; i < drawn; i++) original.word();
      const copy = RandomStream.restore(
        JSON.parse(JSON.stringify(original.state())) as ReturnType<RandomStream['state']>,
      );
      expect([copy.word(), copy.uniform(), copy.normal()]).toEqual([
        original.word(),
        original.uniform(),
        original.normal(),
      ]);
    }
  });

  it('has the moments of its distributions', () => {
    const draws = stream(rootKey(11));
    const count = 20_000;
    let [uniform, normal, normal2] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      uniform += draws.uniform(2, 4);
      const value = draws.normal();
      normal += value;
      normal2 += value * value;
    }
    expect(uniform / count).toBeCloseTo(3, 1);
    expect(normal / count).toBeCloseTo(0, 1);
    expect(normal2 / count).toBeCloseTo(1, 1);
  });

  it('permutes without losing anything', () => {
    const order = stream(rootKey(3)).permutation(1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(order[0] === 0 && order[1] === 1 && order[2] === 2).toBe(false);
  });

  /** Draws whose words are all alike: the least and the greatest that there are. */
  class Constant extends RandomStream {
    readonly #word: number;
    constructor(word: number) {
      super(rootKey(0));
      this.#word = word;
    }
    override word(): number {
      return this.#word;
    }
  }
  const [least, greatest] = [new Constant(0), new Constant(2 ** 32 - 1)];

  it('keeps to its ranges at their very ends: low is drawn, high is not', () => {
    expect(least.uniform()).toBe(0);
    expect(greatest.uniform()).toBe(1 - 2 ** -53);
    expect([least.uniform(2, 4), least.uniform(-1, 1)]).toEqual([2, -1]);
    for (const count of [1, 2, 3, 7, 2 ** 32]) {
      expect(least.integer(count)).toBe(0);
      expect(greatest.integer(count)).toBe(count - 1);
    }
    expect([least.bernoulli(0), greatest.bernoulli(0)]).toEqual([false, false]);
    expect([least.bernoulli(1), greatest.bernoulli(1)]).toEqual([true, true]);
    expect([least.normal(), greatest.normal()].every(Number.isFinite)).toBe(true);
  });

  /** Each outcome came, nothing else did, and each as often as the others to within five standard deviations. */
  function expectEven(values: readonly (string | number)[], outcomes: readonly (string | number)[]): void {
    const counts = new Map<string | number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([...outcomes].sort());
    const expected = values.length / outcomes.length;
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
  }

  it.each([1, 2, 3, 10])('draws each of %i integers as often, the last one too', (count) => {
    const draws = stream(rootKey(17));
    expectEven(
      Array.from({ length: 20_000 }, () => draws.integer(count)),
      Array.from({ length: count }, (_, i) => i),
    );
  });

  it('draws each order as often, also those that leave something in its place', () => {
    const orders = ['012', '021', '102', '120', '201', '210'];
    const draws = stream(rootKey(19));
    expectEven(
      Array.from({ length: 12_000 }, () => draws.permutation(3).join('')),
      orders,
    );
    expect([draws.permutation(0).length, [...draws.permutation(1)]]).toEqual([0, [0]]);
  });
});
