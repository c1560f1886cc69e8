import { describe, expect, it } from 'vitest';
import { spreadSets } from './flags.ts';

describe('several values after one --set', () => {
  it.each([
    ['r.yaml --set a=1 b.c=2 d=3', 'r.yaml --set a=1 --set b.c=2 --set d=3'],
    ['--set a=1 b=2 r.yaml', '--set a=1 --set b=2 r.yaml'],
    ['--set a=1 r.yaml b=2', '--set a=1 r.yaml b=2'],
    ['--set a=1 --set b=2 c=3', '--set a=1 --set b=2 --set c=3'],
    ['--set=a=1 b=2', '--set=a=1 --set b=2'],
    ['--set a=1 b=2 --out c=3 d=4', '--set a=1 --set b=2 --out c=3 d=4'],
    ['--set a=1 -- b=2', '--set a=1 -- b=2'],
    ['--set a=1 ./x=1/r.yaml', '--set a=1 ./x=1/r.yaml'],
    ['--set a=1 runs/x=1', '--set a=1 runs/x=1'],
    ['--set trainer r.yaml', '--set trainer r.yaml'],
    ['--set --json', '--set --json'],
    [
      '--set a=1 data.options.classes.0=x evaluation.0=knn',
      '--set a=1 --set data.options.classes.0=x --set evaluation.0=knn',
    ],
    ['--set', '--set'],
    ['a=1', 'a=1'],
  ])('%s is %s', (typed, means) => {
    expect(spreadSets(typed.split(' '))).toEqual(means.split(' '));
  });

  it('keeps values whole, spaces and equal signs and all', () => {
    expect(spreadSets(['--set', 'a=b #2', 'c=d=e f', 'g='])).toEqual([
      '--set',
      'a=b #2',
      '--set',
      'c=d=e f',
      '--set',
      'g=',
    ]);
  });
});
