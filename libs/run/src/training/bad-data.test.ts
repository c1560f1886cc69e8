/** Images that cannot be read, from the recipe to the run's summary. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventOf, Reporter, TesseraEvent } from '@tessera/core';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs-core';
import { tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { resumeRun } from '../testing/resume-run.ts';
import { prepared, temporaryFolder, tinySimclr } from '../testing/tiny.ts';
import { pretrain, type PretrainResult, type RunOptions } from './pretrain.ts';

const GOOD = 40;

/** Class folders a and b of `GOOD` images, and as many files of text besides as wished. @returns their folder */
async function imageFolder(broken: number): Promise<string> {
  const root = temporaryFolder();
  for (let i = 0; i < GOOD; i++) {
    mkdirSync(join(root, 'ab'.charAt(i % 2)), { recursive: true });
    const background = { r: i * 6, g: 255 - i * 6, b: 128 };
    await sharp({ create: { width: 12, height: 12, channels: 3, background } })
      .png()
      .toFile(pathOf(root, i));
  }
  for (let i = 0; i < broken; i++) writeFileSync(join(root, 'a', `broken${i}.jpg`), 'this is no image');
  return root;
}

function pathOf(root: string, i: number): string {
  return join(root, 'ab'.charAt(i % 2), `${i}.png`);
}

interface Told {
  readonly out: string;
  readonly result: PretrainResult | undefined;
  readonly failure: unknown;
  readonly events: readonly TesseraEvent[];
  readonly bad: readonly EventOf<'warning'>[];
}

async function run(
  data: string,
  set: readonly string[] = [],
  options: RunOptions = {},
  out = join(temporaryFolder(), 'run'),
): Promise<Told> {
  const recipe = { ...tinySimclr, data: { path: data, workers: 0, cacheMegabytes: 0 } };
  const begun = existsSync(out) ? resumeRun(out, options) : pretrain(await prepared(recipe, set), { out, ...options });
  let failure: unknown;
  const result = await begun.catch((error: unknown) => {
    failure = error;
    return undefined;
  });
  expect(tf.memory().numTensors).toBe(0);
  const metrics = join(out, 'metrics.jsonl'); // a run that failed before its first step leaves nothing
  const lines = existsSync(metrics) ? readFileSync(metrics, 'utf8').trim().split('\n') : [];
  const events = lines.map((line) => JSON.parse(line) as TesseraEvent);
  const bad = events.filter(
    (event): event is EventOf<'warning'> => event.type === 'warning' && event.code === 'W_BAD_IMAGE',
  );
  return { out, result, failure, events, bad };
}

/** Does something once, when so many steps were told. */
function afterStep(count: number, action: () => void): Reporter {
  return (events) =>
    events.pipe(
      tap((event) => {
        if (event.type === 'step' && event.step + 1 === count) action();
      }),
    );
}

const losses = ({ events }: Told): unknown => events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));

describe('a run on a folder with bad images', () => {
  it.each([0, 2])('skips each, tells path and reason once, and counts them (workers: %i)', async (workers) => {
    const data = await imageFolder(5);
    const { result, events, bad } = await run(data, [
      `data.workers=${workers}`,
      'trainer.epochs=3',
      'evaluation=[{name: knn, everyEpochs: 1}]',
    ]);
    expect(result).toMatchObject({ reason: 'finished', step: 15, summary: { skippedImages: 5 } });
    expect(bad.map(({ details }) => details?.['path']).toSorted()).toEqual(
      Array.from({ length: 5 }, (_, i) => join(data, 'a', `broken${i}.jpg`)),
    );
    for (const { message, details } of bad) {
      const { path, reason } = details as { readonly path: string; readonly reason: string };
      expect(reason).toMatch(/\w/);
      expect(message).toBe(`skipped '${path}': ${reason}`);
    }
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', summary: { skippedImages: 5 } });
  });

  it('goes on when files vanish or become folders in the middle of it', async () => {
    const data = await imageFolder(0);
    const spoil = (): void => {
      for (let i = 0; i < 10; i++) rmSync(pathOf(data, i));
      for (let i = 0; i < 3; i++) mkdirSync(pathOf(data, i));
    };
    const { result, bad } = await run(data, ['trainer.epochs=3'], { reporters: [afterStep(4, spoil)] });
    expect(result).toMatchObject({ reason: 'finished', step: 15, summary: { skippedImages: 10 } });
    const reasons = new Map(bad.map(({ details }) => [details?.['path'], details?.['reason']]));
    expect(reasons.size).toBe(10);
    for (let i = 0; i < 10; i++) expect(reasons.get(pathOf(data, i))).toMatch(i < 3 ? /is no file/ : /ENOENT/);
  });

  it('ends early when the whole folder vanishes, and says so', async () => {
    const data = await imageFolder(0);
    const { failure, events } = await run(data, ['trainer.epochs=100'], {
      reporters: [
        afterStep(3, () => {
          rmSync(data, { recursive: true });
        }),
      ],
    });
    expect(failure).toMatchObject({ code: 'E_DATA_MOSTLY_BAD', message: expect.stringContaining('ENOENT') as unknown });
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', reason: 'failed' });
    expect(events.filter(({ type }) => type === 'step').length).toBeLessThan(20);
  });

  it('ends early when most are bad', async () => {
    const { failure, events } = await run(await imageFolder(100), ['trainer.batchSize=20']);
    expect(failure).toMatchObject({ code: 'E_DATA_MOSTLY_BAD' });
    expect(events.filter(({ type }) => type === 'step').length).toBeLessThan(5);
  });

  it('ends at one more than data.maxBadImages, and not at as many', async () => {
    const data = await imageFolder(5);
    expect((await run(data, ['data.maxBadImages=5'])).result?.reason).toBe('finished');
    const { failure } = await run(data, ['data.maxBadImages=4']);
    expect(failure).toMatchObject({
      code: 'E_DATA_TOO_MANY_BAD',
      message: expect.stringMatching(/5 images.*maxBadImages is 4.*broken/) as unknown,
    });
  });

  it('ends at the first under onBadImage=error, by name', async () => {
    const { failure, bad } = await run(await imageFolder(1), ['data.onBadImage=error']);
    expect(failure).toMatchObject({
      code: 'E_BAD_IMAGE',
      message: expect.stringContaining('broken0.jpg') as unknown,
    });
    expect(bad).toEqual([]);
  });

  it('continues in the middle of an epoch to the same losses', async () => {
    const data = await imageFolder(7);
    const whole = await run(data);
    const stop = new AbortController();
    const broken = await run(data, [], {
      stop: stop.signal,
      reporters: [
        afterStep(7, () => {
          stop.abort();
        }),
      ],
    });
    expect(broken.result).toMatchObject({ reason: 'interrupted', step: 7 });
    expect(losses(await run(data, [], {}, broken.out))).toEqual(losses(whole));
  });
});
