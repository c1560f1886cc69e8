/** What a run tells of its settings and images, how often, and what it refuses to start with. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventOf, TesseraEvent } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runDoubts } from '../check/run-doubts.ts';
import { resumeRun } from '../testing/resume-run.ts';
import { folderRecipe, prepared, temporaryFolder, tinySimclr, tinySwav, writeImages } from '../testing/tiny.ts';
import { pretrain } from './pretrain.ts';

function warningsOf(folder: string): EventOf<'warning'>[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as TesseraEvent);
  return events.filter((event): event is EventOf<'warning'> => event.type === 'warning');
}

const codesOf = (folder: string): string[] => warningsOf(folder).map(({ code }) => code);
const large = {
  ...tinySimclr,
  encoder: { ...tinySimclr.encoder, options: { ...tinySimclr.encoder.options, norm: 'layer' } },
};

describe('a run', () => {
  it('tells what check knows, with the images counted, before its first step and once, also where it is continued', async () => {
    const out = join(temporaryFolder(), 'run');
    const recipe = await prepared(tinySwav, [
      'objective.options.queue={length: 16, fromEpoch: 3}',
      'trainer.maxSteps=4',
    ]);
    const known = runDoubts(recipe, { images: 40, classes: 10 }).map(({ message }) => message);
    expect(known.length).toBeGreaterThan(1);
    await pretrain(recipe, { out });
    const told = warningsOf(out).map(({ message }) => message);
    expect(told).toEqual(expect.arrayContaining(known));
    expect(codesOf(out)).toEqual(expect.arrayContaining(['W_QUEUE_NEVER', 'W_WARMUP_FILLS', 'W_SMALL_BATCH_NORM']));
    const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').split('\n');
    const first = lines.findIndex((line) => line.includes('"type":"step"'));
    expect(lines.slice(first).join('\n')).not.toMatch(/W_QUEUE_NEVER/);

    await resumeRun(out, { set: ['trainer.maxSteps=5'] });
    for (const message of known) expect(warningsOf(out).filter((event) => event.message === message)).toHaveLength(1);
  });

  it('on constant images tells so at its first step, and that it collapsed, once', async () => {
    const out = join(temporaryFolder(), 'run');
    const data = await writeImages(temporaryFolder(), 8);
    const still = {
      ...folderRecipe,
      encoder: large.encoder,
      augmenter: { options: { size: 8, jitterProbability: 0 } },
    };
    const recipe = await prepared(still, [`data.path=${data}`, 'trainer.epochs=8', 'schedule.options.warmupEpochs=2']);
    await pretrain(recipe, { out });
    expect(codesOf(out).filter((code) => code !== 'W_FEW_STEPS')).toEqual(['W_CONSTANT_IMAGES', 'W_COLLAPSE']);
    expect(tf.memory().numTensors).toBe(0);
  });

  it('whose step takes more memory than its control group may have tells so, once', async () => {
    const limit = vi.spyOn(process, 'constrainedMemory').mockReturnValue(100_000);
    onTestFinished(() => {
      limit.mockRestore();
    });
    const out = join(temporaryFolder(), 'run');
    await pretrain(await prepared(large, ['trainer.maxSteps=6']), { out });
    expect(warningsOf(out).filter(({ code }) => code === 'W_MEMORY')).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^a step of 8 images takes about/) as string }),
    ]);
    expect(tf.memory().numTensors).toBe(0);
  });

  it('whose settings are sound tells nothing', async () => {
    const out = join(temporaryFolder(), 'run');
    await pretrain(await prepared(large), { out });
    expect(codesOf(out)).toEqual(['W_FEW_STEPS']); // which a test's run is
  });
});

describe('before the engine starts', () => {
  it('a batch of one is refused, and one is never recommended', async () => {
    const out = join(temporaryFolder(), 'run');
    await expect(pretrain(await prepared(large, ['trainer.batchSize=1']), { out })).rejects.toMatchObject({
      code: 'E_BATCH_TOO_SMALL',
      kind: 'usage',
    });
    const data = await writeImages(temporaryFolder(), 1);
    const one = await prepared(folderRecipe, [`data.path=${data}`]);
    await expect(pretrain(one, { out })).rejects.toMatchObject({
      code: 'E_BATCH_TOO_LARGE',
      next: expect.stringMatching(/give a folder with more images/) as string,
    });
    expect(existsSync(out)).toBe(false);
  });

  it('one view is refused', async () => {
    const out = join(temporaryFolder(), 'run');
    await expect(pretrain(await prepared(large, ['augmenter.options.views=1']), { out })).rejects.toMatchObject({
      code: 'E_VIEWS',
    });
    expect(existsSync(out)).toBe(false);
  });
});
