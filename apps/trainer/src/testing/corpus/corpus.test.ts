import { join } from 'node:path';
import type { EventOf } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { tap } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { pretrain } from '@tessera/run/parts';
import { prepared, temporaryFolder, tinySimclr } from '@tessera/run/testing';
import type { CorpusCase } from './case.ts';
import { corpus } from './corpus.ts';
import { outcomeOf, writeCorpus, type Outcome } from './outcome.ts';

const BATCH = 16;

describe('a corpus of broken and odd images', () => {
  let cases: readonly CorpusCase[] = [];
  let outcomes: readonly Outcome[] = [];

  beforeAll(async () => {
    cases = await corpus();
    outcomes = await Promise.all(cases.map(outcomeOf));
  });

  it('has sixty files or more, no two of a name', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(cases.map(({ file }) => file)).size).toBe(cases.length);
  });

  it('is decoded to defined RGB, or refused with a reason', () => {
    expect(outcomes.filter(({ agrees }) => agrees === undefined)).toEqual([]);
    for (const { became } of outcomes) if ('reason' in became) expect(became.reason).toMatch(/\w/);
  });

  it('goes through training on worker threads: each bad file is told once, by path and reason, and nothing is left behind', async () => {
    const data = temporaryFolder();
    const total = await writeCorpus(data, cases, BATCH);
    const warnings: EventOf<'warning'>[] = [];
    const recipe = {
      ...tinySimclr,
      data: { path: data, workers: 2, cacheMegabytes: 0 },
      trainer: { ...tinySimclr.trainer, batchSize: BATCH, epochs: 2 },
    };
    const { reason, step, summary } = await pretrain(await prepared(recipe), {
      out: join(temporaryFolder(), 'run'),
      reporters: [(events) => events.pipe(tap((event) => event.type === 'warning' && warnings.push(event)))],
    });
    expect([reason, step]).toEqual(['finished', (2 * total) / BATCH]);
    const skipped = outcomes.filter(({ became }) => 'reason' in became).map(({ file }) => join(data, 'odd', file));
    const ofRun = ['W_SMALL_BATCH_NORM', 'W_FEW_STEPS'];
    const ofImages = warnings.filter(({ code }) => !ofRun.includes(code));
    expect(ofImages.map(({ code }) => code)).toEqual(skipped.map(() => 'W_BAD_IMAGE'));
    expect(ofImages.map(({ details }) => details?.['path']).toSorted()).toEqual(skipped.toSorted());
    expect(summary['skippedImages']).toBe(skipped.length);
    expect(tf.memory().numTensors).toBe(0);
  }, 900_000);
});
