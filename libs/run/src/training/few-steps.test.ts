import { describe, expect, it } from 'vitest';
import { fewSteps } from './few-steps.ts';

/** The run that the advice of a message makes. */
function followed(
  message: string,
  trainer: { epochs: number; maxSteps: number | null },
  stepsPerEpoch: number,
): number {
  const epochs = /--set trainer\.epochs=(\d+)/.exec(message)?.[1];
  const maxSteps = message.includes('--set trainer.maxSteps=null') ? null : trainer.maxSteps;
  return Math.min((epochs === undefined ? trainer.epochs : Number(epochs)) * stepsPerEpoch, maxSteps ?? Infinity);
}

describe('fewSteps', () => {
  it('says of ten epochs of one step that nothing can be learnt', () => {
    expect(fewSteps({ epochs: 10, maxSteps: null }, 1)).toBe(
      'the run has 10 steps (10 epochs of 1 step): nothing can be learnt in fewer than about 100; for 500 or more: --set trainer.epochs=500',
    );
  });

  it('says nothing from a hundred steps on', () => {
    expect(fewSteps({ epochs: 100, maxSteps: null }, 1)).toBeUndefined();
    expect(fewSteps({ epochs: 10, maxSteps: 100 }, 39)).toBeUndefined();
    expect(fewSteps({ epochs: 99, maxSteps: null }, 1)).toContain('99 steps');
    expect(fewSteps({ epochs: 1, maxSteps: null }, 99)).toContain('1 epoch of 99 steps');
  });

  it.each([
    [{ epochs: 10, maxSteps: 7 }, 39, '7 steps (trainer.maxSteps=7)'],
    [{ epochs: 100, maxSteps: 1 }, 39, '1 step (trainer.maxSteps=1)'],
    [{ epochs: 2, maxSteps: 200 }, 3, '6 steps (2 epochs of 3 steps)'],
    [{ epochs: 2, maxSteps: 600 }, 3, '6 steps (2 epochs of 3 steps)'],
  ] as const)(
    '%j with %i steps an epoch: names what cuts it short, and the advice mends it',
    (trainer, perEpoch, says) => {
      const message = fewSteps(trainer, perEpoch) ?? '';
      expect(message).toContain(says);
      expect(followed(message, trainer, perEpoch)).toBeGreaterThanOrEqual(500);
    },
  );
});
