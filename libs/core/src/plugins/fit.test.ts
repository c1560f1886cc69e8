import { describe, expect, it } from 'vitest';
import { objectiveFits } from './fit.ts';

const method = (name: string, own: string, objectives?: readonly string[]) => ({
  name,
  parts: {
    encoder: { kind: 'encoder' as const, default: { name: 'any' } },
    objective: { kind: 'objective' as const, default: { name: own } },
  },
  ...(objectives && { objectives }),
});
const objective = (name: string, methods?: readonly string[]) => ({ name, ...(methods && { methods }) });

const open = method('open', 'contrast');
const particular = method('particular', 'own', ['own']);

describe('objectiveFits', () => {
  it.each([
    ['neither names the other, and neither is particular', open, objective('mine'), true],
    ['the default of a method', open, objective('contrast'), true],
    ['the default of a method, of which the objective does not know', open, objective('contrast', ['other']), true],
    ['the objective of a particular method', particular, objective('own', ['particular']), true],
    ['an objective that names nothing, in a particular method', particular, objective('mine'), false],
    ["another method's objective, in an open method", open, objective('own', ['particular']), false],
    ["another method's objective, in a particular method", particular, objective('codes', ['other']), false],
    ['an objective that names the particular method', particular, objective('mine', ['other', 'particular']), true],
    [
      "a method that names another method's objective",
      method('mine', 'x', ['own']),
      objective('own', ['particular']),
      true,
    ],
    ['a default that the list forgets', method('mine', 'x', []), objective('x'), true],
  ])('%s', (_name, one, other, fits) => {
    expect(objectiveFits(one, other)).toBe(fits);
  });
});
