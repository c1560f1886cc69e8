import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inspectEngines, openEngine, type EngineChoice } from './index.ts';

const unhandled = (): number =>
  process.listenerCount('unhandledRejection') + process.listenerCount('uncaughtException');
const unhandledAtStart = unhandled();

afterEach(() => {
  vi.restoreAllMocks();
});

describe('openEngine', () => {
  it.each(['cpu', 'wasm', 'cpu', 'wasm'] as const)('opens %s, again and again, with gradients', async (name) => {
    expect((await openEngine(name)).name).toBe(name);
    expect(tf.getBackend()).toBe(name);
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => tf.mean(tf.relu(x)))(tf.tensor1d([-1, 2, 3, -4]))
        .arraySync(),
    );
    expect(gradient).toEqual([0, 0.25, 0.25, 0]);
  });

  it('moves tensors from one engine to the next', async () => {
    await openEngine('cpu');
    const x = tf.tensor1d([1, 2, 3]);
    await openEngine('wasm');
    expect(tf.tidy(() => tf.sum(x).dataSync()[0])).toBe(6);
    x.dispose();
  });

  it('says which one runs, and for auto why no faster one does', async () => {
    const lines: string[] = [];
    const engine = await openEngine('auto', { log: (line) => lines.push(line) });
    expect(lines[0]).toBe(`engine: ${engine.name} (${engine.detail})`);
    expect(lines).toHaveLength(1 + engine.why.length);
    if (engine.name === 'wasm') expect(engine.why[0]).toContain('torch');
  });

  it('writes nothing by itself', async () => {
    const spies = (['log', 'warn', 'info', 'error'] as const).map((name) => vi.spyOn(console, name));
    for (const name of ['cpu', 'wasm'] as const) {
      await openEngine(name);
      tf.tidy(() => tf.add(tf.ones([2]), 1).dataSync());
    }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  it('leaves unhandled errors to the program', async () => {
    await openEngine('wasm');
    expect(unhandled()).toBe(unhandledAtStart);
  });

  it('refuses an unknown name and lists the known ones', async () => {
    await expect(openEngine('cuda' as EngineChoice)).rejects.toMatchObject({
      code: 'E_ENGINE_UNKNOWN',
      next: expect.stringContaining('auto, torch, tensorflow, wasm, cpu') as string,
    });
    await expect(openEngine('PyTorch' as EngineChoice)).rejects.toMatchObject({
      message: "unknown engine 'PyTorch'; did you mean 'torch'?",
    });
  });
});

describe('a device', () => {
  it('of CUDA is not replaced by the CPU', async () => {
    const device = 'cuda:99';
    await expect(openEngine('wasm', { device })).rejects.toMatchObject({ code: 'E_DEVICE_UNAVAILABLE' });
    // Without the addon the engine is missing, with it the device.
    await expect(openEngine('auto', { device })).rejects.toMatchObject({
      code: expect.stringMatching(/^E_(DEVICE|ENGINE)_UNAVAILABLE$/) as string,
    });
  });

  it('that is none is refused', async () => {
    await expect(openEngine('cpu', { device: 'gpu' as 'cuda' })).rejects.toMatchObject({ code: 'E_DEVICE_UNKNOWN' });
  });

  it('is told', async () => {
    expect((await openEngine('cpu', { device: 'cpu' })).device).toBe('cpu');
  });
});

describe('inspectEngines', () => {
  it('reports on every engine and leaves the current one', async () => {
    await openEngine('cpu');
    const reports = await inspectEngines();
    expect(reports.map(({ name }) => name)).toEqual(['torch', 'tensorflow', 'wasm', 'cpu']);
    expect(reports.filter(({ name }) => name === 'wasm' || name === 'cpu').every(({ available }) => available)).toBe(
      true,
    );
    for (const { available, remedy } of reports) expect(remedy === undefined).toBe(available);
    expect(tf.getBackend()).toBe('cpu');
  });
});
