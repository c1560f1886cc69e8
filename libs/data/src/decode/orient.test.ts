import { expect, it } from 'vitest';
import { orient } from './orient.ts';

// a b c
// d e f
const stored = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => 97 + Math.floor(i / 3)) };

it.each([
  [1, 'abc def'],
  [2, 'cba fed'],
  [3, 'fed cba'],
  [4, 'def abc'],
  [5, 'ad be cf'],
  [6, 'da eb fc'],
  [7, 'fc eb da'],
  [8, 'cf be ad'],
])('orientation %i', (orientation, rows) => {
  const { width, height, data } = orient(stored, orientation);
  const letters = Array.from({ length: data.length / 3 }, (_, i) => String.fromCharCode(data[3 * i] as number));
  const lines = Array.from({ length: height }, (_, y) => letters.slice(y * width, (y + 1) * width).join(''));
  expect(lines.join(' ')).toBe(rows);
});
