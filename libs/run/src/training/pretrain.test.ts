import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  defineEvaluation,
  definePlugin,
  Registry,
  type EventOf,
  type Reporter,
  type TesseraEvent,
} from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { tap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { builtins } from '@tessera/builtins';
import { measureRun, resumeRun } from '../testing/resume-run.ts';
import { decodeSafetensors, type SafetensorsFile } from '../safetensors/format.ts';
import { prepared, temporaryFolder, tinySimclr, tinySwav } from '../testing/tiny.ts';
import { pretrain } from './pretrain.ts';

function events(folder: string): TesseraEvent[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as TesseraEvent);
}

function ofType<T extends TesseraEvent['type']>(folder: string, type: T): EventOf<T>[] {
  return events(folder).filter((event): event is EventOf<T> => event.type === type);
}

function tensorsOf(path: string): SafetensorsFile['tensors'] {
  return decodeSafetensors(readFileSync(path), path).tensors;
}

/** Asks for a stop once so many steps were told. */
async function runUntil(steps: number, recipe: object, out: string): Promise<void> {
  const stop = new AbortController();
  const stopper: Reporter = (events) =>
    events.pipe(
      tap((event) => {
        if (event.type === 'step' && event.step + 1 === steps) stop.abort();
      }),
    );
  const { reason } = await pretrain(await prepared(recipe), {
    out,
    stop: stop.signal,
    reporters: [stopper],
  });
  expect(reason).toBe('interrupted');
}

describe.each([
  ['simclr', tinySimclr, 10],
  ['swav', tinySwav, 15],
] as const)('pretrain %s', (_name, recipe, steps) => {
  it('leaves a complete run folder, finite falling learning rates and no tensor behind', async () => {
    const out = join(temporaryFolder(), 'run');
    const { reason, step, summary } = await pretrain(
      await prepared({ ...recipe, evaluation: [{ name: 'knn', options: { k: 5 } }] }),
      { out },
    );
    expect([reason, step]).toEqual(['finished', steps]);
    expect(tf.memory().numTensors).toBe(0);

    expect(readdirSync(out).sort()).toEqual([
      'checkpoints',
      'encoder.safetensors',
      'metrics.jsonl',
      'recipe.resolved.yaml',
    ]);
    const told = ofType(out, 'step');
    expect(told.map((event) => event.step)).toEqual(Array.from({ length: steps }, (_, i) => i));
    expect(told.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    const waited = told.reduce((sum, { dataSeconds }) => sum + dataSeconds, 0);
    expect(ofType(out, 'epoch').reduce((sum, { dataSeconds = NaN }) => sum + dataSeconds, 0)).toBeCloseTo(waited, 9);
    expect(summary['dataShare']).toBeGreaterThanOrEqual(0);
    expect(ofType(out, 'run-started')[0]?.data).toMatchObject({ workers: 0, batches: 5, cacheBytes: 2 ** 30 });
    expect(ofType(out, 'epoch').map((event) => event.epoch)).toEqual(Array.from({ length: steps / 5 }, (_, i) => i));
    const [evaluation] = ofType(out, 'evaluation');
    expect(evaluation?.metrics['top1']).toBeGreaterThanOrEqual(0);
    expect(evaluation?.protocol).toContain('cosine');
    expect(events(out).map(({ type }) => type)).toContain('run-started');
    expect(events(out).at(-1)).toMatchObject({ type: 'run-ended', reason: 'finished', step: steps });

    const resolved = parse(readFileSync(join(out, 'recipe.resolved.yaml'), 'utf8')) as Record<
      string,
      { options?: object }
    >;
    expect(resolved['optimizer']?.options).toHaveProperty('learningRate');
    const encoder = tensorsOf(join(out, 'encoder.safetensors'));
    expect(encoder['conv1.weight']?.shape).toEqual([2, 3, 3, 3]);
    expect(encoder['layer2.0.downsample.0.weight']?.shape).toEqual([4, 2, 1, 1]);
    expect(Object.keys(encoder)).toContain('bn1.running_var');
  });

  it.each([
    [7, 'in the middle of the second epoch'],
    [5, 'at the end of the first, before its evaluation'],
  ])('trap 40: continues a run interrupted after step %i, %s, to the same numbers', async (stopAfter) => {
    const evaluated = { ...recipe, evaluation: [{ name: 'knn', everyEpochs: 1 }] };
    const whole = join(temporaryFolder(), 'run');
    await pretrain(await prepared(evaluated), { out: whole });
    const broken = join(temporaryFolder(), 'run');
    await runUntil(stopAfter, evaluated, broken);
    expect(ofType(broken, 'step')).toHaveLength(stopAfter);
    await resumeRun(broken);

    const told = (folder: string): unknown =>
      ofType(folder, 'step').map(({ step, loss, learningRate, metrics }) => ({ step, loss, learningRate, metrics }));
    expect(told(broken)).toEqual(told(whole));
    const epochs = (folder: string): unknown =>
      ofType(folder, 'epoch').map(({ epoch, loss, metrics }) => ({ epoch, loss, metrics }));
    expect(epochs(broken)).toEqual(epochs(whole));
    const scores = (folder: string): unknown =>
      ofType(folder, 'evaluation').map(({ epoch, metrics }) => ({ epoch, metrics }));
    expect(scores(whole)).toHaveLength(steps / 5);
    expect(scores(broken)).toEqual(scores(whole));
    const newest = (folder: string): string =>
      join(folder, 'checkpoints', readdirSync(join(folder, 'checkpoints')).sort().at(-1) ?? '');
    expect(tensorsOf(newest(broken))).toEqual(tensorsOf(newest(whole)));
  });
});

describe('a run', () => {
  it('ended by maxSteps goes on from there when the limit is lifted', async () => {
    const told = (folder: string): unknown => ofType(folder, 'step').map(({ step, epoch }) => [step, epoch]);
    const out = join(temporaryFolder(), 'run');
    await pretrain(await prepared(tinySimclr, ['trainer.maxSteps=7']), { out });
    await resumeRun(out, { set: ['trainer.maxSteps=null'] });
    expect(told(out)).toEqual(Array.from({ length: 10 }, (_, step) => [step, Math.floor(step / 5)]));
    expect(ofType(out, 'epoch').map(({ epoch }) => epoch)).toEqual([0, 1]);
  });

  it('gives the same numbers twice, and others with another seed', async () => {
    const losses = async (seed: number): Promise<number[]> => {
      const out = join(temporaryFolder(), 'run');
      await pretrain(await prepared(tinySimclr, [`seed=${seed}`, 'trainer.maxSteps=3']), { out });
      return ofType(out, 'step').map(({ loss }) => loss);
    };
    expect(await losses(1)).toEqual(await losses(1));
    expect(await losses(1)).not.toEqual(await losses(2));
  });

  it('keeps the newest checkpoints only', async () => {
    const out = join(temporaryFolder(), 'run');
    await pretrain(await prepared(tinySimclr, ['checkpoint.everySteps=2', 'checkpoint.keep=2']), { out });
    expect(readdirSync(join(out, 'checkpoints')).sort()).toEqual([
      'step-00000008.safetensors',
      'step-00000010.safetensors',
    ]);
  });

  it('is kept when its last evaluation fails', async () => {
    const out = join(temporaryFolder(), 'run');
    const failing = definePlugin({
      name: 'failing',
      contract: 2,
      extensions: [
        defineEvaluation({
          name: 'failing',
          summary: '',
          options: z.strictObject({}),
          create: () => ({ protocol: '', run: () => Promise.reject(new Error('no score')) }),
        }),
      ],
    });
    const sound = await prepared(tinySimclr, ['trainer.maxSteps=2']);
    const broken = {
      ...sound,
      registry: new Registry([...builtins.map(({ plugin }) => plugin), failing]),
      recipe: { ...sound.recipe, evaluation: [{ name: 'failing', options: {}, everyEpochs: null }] },
    };
    await expect(pretrain(broken, { out })).rejects.toThrow('no score');
    expect(readdirSync(join(out, 'checkpoints'))).toEqual(['step-00000002.safetensors']);
    expect(readdirSync(out)).toContain('encoder.safetensors');
  });

  it('goes on when a reporter throws', async () => {
    const out = join(temporaryFolder(), 'run');
    const full: Reporter = (events) =>
      events.pipe(
        tap(() => {
          throw new Error('no space left on device');
        }),
      );
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const sound = await prepared(tinySimclr, ['trainer.maxSteps=2']);
    const { reason } = await pretrain(sound, { out, reporters: [full] });
    expect(reason).toBe('finished');
    expect(stderr.mock.calls.map(([text]) => String(text))).toEqual([
      "warning: the reporter 'full' failed and is left out from here on: no space left on device [W_REPORTER]\n",
    ]);
    stderr.mockRestore();
    expect(ofType(out, 'warning').filter(({ code }) => code === 'W_REPORTER')).toHaveLength(1);
  });

  it('that cannot be continued with a changed recipe is left as it was', async () => {
    const out = join(temporaryFolder(), 'run');
    await pretrain(await prepared(tinySimclr, ['trainer.maxSteps=2']), { out });
    const content = (): unknown =>
      ['recipe.resolved.yaml', 'metrics.jsonl'].map((name) => readFileSync(join(out, name), 'utf8'));
    const before = content();
    const set = ['encoder.options.width=4', 'trainer.maxSteps=4'];
    await expect(resumeRun(out, { set })).rejects.toMatchObject({
      code: 'E_STATE_MISMATCH',
    });
    expect(content()).toEqual(before);
    expect(tf.memory().numTensors).toBe(0);
  });

  it('stopped before its first step keeps the checkpoint it speaks of, and one that failed there its folder when resumed', async () => {
    const out = join(temporaryFolder(), 'run');
    const { step } = await pretrain(await prepared(tinySimclr), { out, stop: AbortSignal.abort() });
    expect(step).toBe(0);
    expect(readdirSync(join(out, 'checkpoints'))).toEqual(['step-00000000.safetensors']);
    await expect(resumeRun(out, { set: ['encoder.options.width=4'] })).rejects.toMatchObject({
      code: 'E_STATE_MISMATCH',
    });
    await resumeRun(out, { set: ['trainer.maxSteps=1'] });
    expect(ofType(out, 'step').map((event) => event.step)).toEqual([0]);
  });

  it('stops at a loss that is not finite and keeps the last checkpoint', async () => {
    const out = join(temporaryFolder(), 'run');
    const diverging = await prepared(tinySimclr, [
      'optimizer.options.learningRate=1.0e+30',
      'checkpoint.everySteps=1',
      'schedule={name: constant}',
    ]);
    await expect(pretrain(diverging, { out })).rejects.toMatchObject({
      code: 'E_LOSS_NOT_FINITE',
      kind: 'failure',
    });
    expect(readdirSync(join(out, 'checkpoints')).length).toBeGreaterThan(0);
    expect(events(out).at(-1)).toMatchObject({ type: 'run-ended', reason: 'failed' });
    expect(tf.memory().numTensors).toBe(0);
  });
});

describe('evaluate', () => {
  it("trap 35: scores a run's encoder and its fresh initialisation by one protocol", async () => {
    const out = join(temporaryFolder(), 'run');
    await pretrain(await prepared(tinySimclr, ['data.every=2', 'trainer.maxSteps=2']), { out });
    const { trained, untrained, engine } = await measureRun(out, { name: 'knn', options: { k: 200 } });
    expect(trained).toMatchObject({ bank: 20, queries: 40, k: 20, temperature: 0.1 });
    expect(engine).toBe('cpu');
    expect(trained['top1']).toBeGreaterThanOrEqual(0);
    expect(untrained['top1']).toBeLessThanOrEqual(1);
    expect(tf.memory().numTensors).toBe(0);
  });
});
