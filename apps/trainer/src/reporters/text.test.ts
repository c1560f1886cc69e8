import type { EventOf } from '@tessera/core';
import { expect, it } from 'vitest';
import { describeEvent } from './text.ts';

it.each([
  [0, undefined],
  [4, 'continues at step 5 of 10'],
  [9, 'continues at step 10 of 10'],
  [10, 'was at its end: 10 of 10 steps are done'],
])('a run that begins after %s of 10 steps says: %s', (firstStep, says) => {
  const event = {
    type: 'run-started',
    runDirectory: 'runs/x',
    method: 'simclr',
    images: 20,
    parameters: 5,
    engine: 'cpu',
    precision: 'f32',
    firstStep,
    totalSteps: 10,
  } as EventOf<'run-started'>;
  const lines = describeEvent(event);
  expect(lines.find((line) => line.includes('of 10'))).toBe(says);
  expect(lines[0]).toContain('simclr on 20 images');
});
