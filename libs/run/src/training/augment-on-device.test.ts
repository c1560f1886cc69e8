import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventOf, Reporter, TesseraEvent } from '@tessera/core';
import { inspectEngines, openEngine, withPrecision } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { tap } from 'rxjs';
import { describe, expect, it, test } from 'vitest';
import { augmentPlace } from '../augment-place.ts';
import { compose } from '../compose.ts';
import { factsOf } from '../images/data-facts.ts';
import { openTrainingImages } from '../images/images.ts';
import { resumeRun } from '../testing/resume-run.ts';
import { prepared, temporaryFolder, tinySimclr, tinySwav } from '../testing/tiny.ts';
import { pretrain } from './pretrain.ts';
import { uploadGroups } from './upload.ts';

function ofType<T extends TesseraEvent['type']>(folder: string, type: T): EventOf<T>[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as TesseraEvent)
    .filter((event): event is EventOf<T> => event.type === type);
}

const on = <R extends { readonly data: object }>(recipe: R, augmentOn: string, more: object = {}) => ({
  ...recipe,
  data: { ...recipe.data, augmentOn, ...more },
});

async function run(recipe: object, stopAfter = Infinity): Promise<string> {
  const out = join(temporaryFolder(), 'run');
  const stop = new AbortController();
  const stopper: Reporter = (events) =>
    events.pipe(
      tap((event) => {
        if (event.type === 'step' && event.step + 1 === stopAfter) stop.abort();
      }),
    );
  await pretrain(await prepared(recipe), { out, stop: stop.signal, reporters: [stopper] });
  return out;
}

const losses = (folder: string): number[] => ofType(folder, 'step').map(({ loss }) => loss);
const noise = { name: 'pipeline', options: { views: [{ count: 2, size: 8, ops: [{ name: 'gaussian-noise' }] }] } };

describe.each([
  ['SimCLR', tinySimclr],
  ['SwAV', tinySwav],
])('%s augmented on the device', (_name, recipe) => {
  it('trains as on the host, to rounding, and leaves no tensor behind', async () => {
    const normalize = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] };
    const short = { ...recipe, trainer: { ...recipe.trainer, maxSteps: 3 } };
    const host = losses(await run(on(short, 'host', { normalize })));
    const device = losses(await run(on(short, 'device', { normalize, workers: 1 })));
    expect(tf.memory().numTensors).toBe(0);
    expect(device).toHaveLength(host.length);
    // The first step sees rounding of pixels only; later ones what training makes of it.
    device.forEach((loss, step) => {
      expect(Math.abs(loss - (host[step] ?? NaN))).toBeLessThan(1e-4);
    });
  });

  it('goes on after an interruption to the same numbers', async () => {
    const short = on({ ...recipe, trainer: { ...recipe.trainer, maxSteps: 9 } }, 'device');
    const whole = await run(short);
    const broken = await run(short, 7);
    expect(losses(broken)).toHaveLength(7);
    await resumeRun(broken);
    expect(losses(broken)).toEqual(losses(whole));
    expect(losses(broken)).toHaveLength(9);
    expect(readFileSync(join(broken, 'encoder.safetensors'))).toEqual(readFileSync(join(whole, 'encoder.safetensors')));
  });
});

describe('data.augmentOn', () => {
  it('auto takes the device where there is a GPU and every op has a device form, and says why it does not', async () => {
    const place = async (recipe: object, device: string) => {
      const { recipe: resolved, registry } = await prepared(recipe);
      const { name, options } = resolved.augmenter;
      return augmentPlace(resolved, registry.get('augmenter', name).build(options, {}), { name: 'torch', device });
    };
    expect(await place(tinySimclr, 'cuda:0')).toEqual({ on: 'device', why: 'the torch engine computes on cuda:0' });
    expect(await place(tinySimclr, 'cpu')).toEqual({ on: 'host', why: 'the torch engine reports no GPU' });
    expect(await place({ ...tinySimclr, augmenter: noise }, 'cuda:0')).toEqual({
      on: 'host',
      why: "the op 'gaussian-noise' has no device form",
    });
    const bytes = { ...tinySimclr, augmenter: { options: { size: 8, pixels: 'uint8' } } };
    expect(await place(bytes, 'cuda:0')).toEqual({
      on: 'host',
      why: 'only the host rounds after every op (pixels: uint8)',
    });
    expect(await place(on(bytes, 'device'), 'cuda:0')).toEqual({ on: 'device', why: 'as the recipe says' });
    expect(await place(on(tinySimclr, 'host'), 'cuda:0')).toEqual({ on: 'host', why: 'as the recipe says' });
    expect(await place(on(tinySimclr, 'device'), 'cpu')).toEqual({ on: 'device', why: 'as the recipe says' });
  });

  it('is written into the run: where, and why', async () => {
    const [started] = ofType(
      await run({ ...tinySimclr, trainer: { ...tinySimclr.trainer, maxSteps: 1 } }),
      'run-started',
    );
    expect(started?.augmentation).toEqual({ on: 'host', why: 'the cpu engine reports no GPU' });
  });

  it('device is an error before anything starts where an op has no device form', async () => {
    const out = join(temporaryFolder(), 'run');
    const recipe = on({ ...tinySimclr, augmenter: noise }, 'device');
    await expect(pretrain(await prepared(recipe), { out })).rejects.toMatchObject({
      code: 'E_AUGMENTER_HOST_ONLY',
      message: expect.stringContaining("'gaussian-noise'") as string,
    });
  });
});

const torch = (await inspectEngines()).some(({ name, available }) => name === 'torch' && available);

test.skipIf(!torch)('pixels stay float32 where the run computes in bf16', async () => {
  await openEngine('torch');
  const recipe = await prepared(
    on({ ...tinySimclr, augmenter: { options: { size: 24, blur: 'pil', blurProbability: 1 } } }, 'device'),
  );
  const images = await openTrainingImages(recipe);
  const composition = compose(recipe, factsOf(images));
  const { augmenter, trainer } = recipe.recipe;
  const { batchSize } = trainer;
  const loader = await composition.load({ images, augmenter, batchSize, training: true, augmentOn: 'device' });
  const { device } = composition.augmenter;
  if (!device || 'hostOnly' in device) throw new Error('no device half');
  const onDevice = await device.load();
  for await (const batch of loader.epoch(0)) {
    const values = (['f32', 'bf16'] as const).map((precision) => {
      const views = withPrecision(precision, () => uploadGroups(batch.groups, null, onDevice));
      const pixels = views.map((view) => Array.from(view.pixels.dataSync()));
      tf.dispose(views.map((view) => view.pixels));
      return pixels;
    });
    batch.release();
    expect(values[1]).toEqual(values[0]);
  }
  await loader.dispose();
  await composition.dispose();
});
