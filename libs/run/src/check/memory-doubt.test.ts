import { describe, expect, it } from 'vitest';
import { machineMemory } from './machine-memory.ts';
import { memoryDoubt, mightExceed } from './memory-doubt.ts';

const GIB = 2 ** 30;
const need = { stepBytes: 97.54 * GIB, precision: 'f32', bufferBytes: GIB, machineBytes: 24 * GIB } as const;

describe('memoryDoubt', () => {
  it('compares with what there is, and says what would fit', () => {
    expect(memoryDoubt(need, { batchSize: 256 })).toEqual({
      code: 'W_MEMORY',
      message:
        'a step of 256 images takes about 98.5 GiB in f32, and this machine has 24.0 GiB: lower it to about 32 (trainer.batchSize), or compute in bf16 (trainer.precision)',
    });
    expect(memoryDoubt({ ...need, machineBytes: 99 * GIB }, { batchSize: 256 })).toBeUndefined();
  });

  it('counts half in bf16, and no smaller batch where none fits', () => {
    expect(memoryDoubt({ ...need, precision: 'bf16', machineBytes: 50 * GIB }, { batchSize: 256 })).toBeUndefined();
    expect(memoryDoubt({ ...need, precision: 'bf16' }, { batchSize: 2 })?.message).toBe(
      'a step of 2 images takes about 49.8 GiB in bf16, and this machine has 24.0 GiB',
    );
  });
});

it('mightExceed is false for what is small beyond doubt, and true for what is not', () => {
  const views = (size: number) => [{ count: 2, size, channels: 3 }];
  expect(mightExceed({ batchSize: 8, views: views(8) }, 1e5, 24 * GIB)).toBe(false);
  expect(mightExceed({ batchSize: 256, views: views(224) }, 2e7, 24 * GIB)).toBe(true);
  expect(mightExceed({ batchSize: 2, views: views(8) }, 1e9, 24 * GIB)).toBe(true);
});

it('a machine has memory', () => {
  expect(machineMemory()).toBeGreaterThan(2 ** 28);
  expect(machineMemory()).toBeLessThan(2 ** 50);
});
