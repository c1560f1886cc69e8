import { expect, it } from 'vitest';
import { alternate, compare, type Measured } from './pairs.ts';

const side =
  (name: string, order: string[], rates: number[], peakResidentMB: number | null = null) =>
  (): Promise<Measured> => {
    order.push(name);
    return Promise.resolve({ rate: rates.shift() ?? NaN, peakResidentMB });
  };

it('swaps the order from pair to pair', async () => {
  const order: string[] = [];
  const told: number[] = [];
  const sides = { tessera: side('t', order, [4, 6, 5]), peer: side('p', order, [2, 2, 5]) };
  const pairs = await alternate(3, sides, ({ ratio }) => told.push(ratio));
  expect(order.join('')).toBe('tppttp');
  expect(told).toEqual([2, 3, 1]);
  expect(compare(pairs)).toEqual({
    pairs: 3,
    tesseraMedian: 5,
    peerMedian: 2,
    ratioOfMedians: 2.5,
    ratioMedian: 2,
    ratioInterval: [1, 3],
    ratioCoverage: 0.75,
    memory: null,
  });
});

it('compares memory where both sides know theirs', async () => {
  const sides = { tessera: side('t', [], [1, 1], 300), peer: side('p', [], [1, 1], 200) };
  const { memory } = compare(await alternate(2, sides, () => undefined));
  expect(memory).toEqual({ tesseraMB: 300, peerMB: 200, ratio: 1.5 });
});
