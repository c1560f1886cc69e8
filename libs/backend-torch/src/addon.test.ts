import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ADDON_FILE, torchAddonStatus } from './addon.ts';

describe('the addon', () => {
  // Every other suite is skipped where it does not load: an addon that was built and is broken must not pass for one that is not there.
  it.skipIf(!existsSync(DEFAULT_ADDON_FILE))('loads where it was built', () => {
    expect(torchAddonStatus()).toMatchObject({ available: true });
  });
});
