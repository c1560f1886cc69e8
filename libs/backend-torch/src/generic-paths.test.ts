/** The kernels' own tests once more, on the path that every device but the CPU takes: libtorch's operators and none of our loops. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from './addon.ts';
import './backend.test.ts';
import './kernels/batch-norm.test.ts';
import './kernels/conv.test.ts';
import './kernels/misuse.test.ts';
import './kernels/optimizer.test.ts';
import './kernels/pool.test.ts';
import './kernels/reduce.test.ts';
import './kernels/shape.test.ts';
import './kernels/volume.test.ts';
import { status, suffix } from './testing/compare.ts';

if (status.available) {
  const native = loadAddon();
  let before = 0;
  beforeAll(() => {
    before = native.setGenericPaths(true);
  });
  afterAll(() => {
    native.setGenericPaths(before === 1);
  });
}

describe.skipIf(!status.available)(`generic paths${suffix}`, () => {
  it('are on while the tests above run', () => {
    expect(loadAddon().setGenericPaths(true)).toBe(1);
  });
});
