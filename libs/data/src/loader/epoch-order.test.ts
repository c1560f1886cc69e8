import { expect, test } from 'vitest';
import { epochOrder, replacements } from './epoch-order.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test.each([1, 2, 5])('of %i images each may stand in for a bad one, as often as the others', (count) => {
  const drawn = range(2000).flatMap((sampleId) => {
    const stand = replacements(count, 1, 0, sampleId);
    return range(3).map(() => stand.next().value as number);
  });
  const counts = range(count).map((position) => drawn.filter((at) => at === position).length);
  expect(counts.reduce((a, b) => a + b)).toBe(drawn.length);
  const expected = drawn.length / count;
  for (const times of counts) expect(Math.abs(times - expected)).toBeLessThan(5 * Math.sqrt(expected));
});

test('every image may come first and last in an epoch', () => {
  const orders = range(200).map((epoch) => epochOrder(5, true, 1, epoch));
  for (const at of [0, 4]) expect([...new Set(orders.map((order) => order[at]))].sort()).toEqual(range(5));
  expect([...epochOrder(3, false, 1, 9)]).toEqual([0, 1, 2]);
});
