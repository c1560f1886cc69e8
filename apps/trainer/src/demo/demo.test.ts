import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TesseraEvent } from '@tessera/core';
import { describe, expect, it, vi } from 'vitest';
import { demoCommand } from '../commands/demo.ts';
import { temporaryFolder } from '@tessera/run/testing';
import { lossCurve } from './loss-curve.ts';

describe('lossCurve', () => {
  const step = (at: number, loss: number): TesseraEvent => ({
    type: 'step',
    step: at,
    epoch: 0,
    loss,
    learningRate: 1,
    metrics: {},
    seconds: 1,
    dataSeconds: 0,
    images: 8,
  });

  it('is one path for steps and one for epochs', () => {
    const svg = lossCurve([
      step(0, 5),
      step(1, 4),
      { type: 'epoch', epoch: 0, loss: 4.5, metrics: {}, seconds: 2, imagesPerSecond: 8 },
    ]);
    expect(svg.match(/<path d="M/g)).toHaveLength(2);
    expect(svg).toContain('</svg>');
    expect(svg).not.toContain('NaN');
  });

  it('is an empty frame for a run without steps', () => {
    const svg = lossCurve([]);
    expect(svg).toContain('</svg>');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});

describe('demoCommand', () => {
  it('stops at a signal with code 130, draws nothing and leaves the run to be continued', async () => {
    const out = join(temporaryFolder(), 'run');
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const before = process.listenerCount('SIGHUP');
    const demo = demoCommand({ out, engine: 'cpu' });
    await vi.waitUntil(() => process.listenerCount('SIGHUP') > before, { interval: 1, timeout: 300_000 });
    process.emit('SIGHUP');
    expect(await demo).toBe(130);
    stdout.mockRestore();
    expect(readdirSync(out).sort()).toEqual([
      'checkpoints',
      'encoder.safetensors',
      'metrics.jsonl',
      'recipe.resolved.yaml',
    ]);
  });
});
