import { openEngine } from '@tessera/engine';
import { rootKey } from '@tessera/core';
import { testEncoder } from '@tessera/testing';
import { describe, expect, it } from 'vitest';
import { templateNameEncoder } from './template-name.ts';

// What every encoder must hold to: gradients, statistics that change at the commit only, no leaks, and more.
testEncoder(templateNameEncoder, { options: { width: 4 }, badOptions: { width: 0, stages: 7 } });

// What only yours must: its size.
describe('its parameters', () => {
  it('are as many as can be counted by hand', async () => {
    await openEngine('cpu');
    const context = { key: rootKey(0), scope: 'encoder', inputChannels: 3 };
    const encoder = templateNameEncoder.build({ width: 4, stages: 2 }, context);
    const count = encoder.variables().reduce((sum, { variable }) => sum + variable.size, 0);
    expect(count).toBe(9 * 3 * 4 + 9 * 4 * 8 + 2 * (4 + 8)); // two convolutions, a scale and a shift a channel
    encoder.dispose();
  });
});
