import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventOf, TesseraEvent } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openTrainingImages } from '../images/images.ts';
import { prepare } from '../testing/prepare.ts';
import { measureRun, resumeRun } from '../testing/resume-run.ts';
import { prepared, temporaryFolder, tinySimclr } from '../testing/tiny.ts';
import { pretrain } from './pretrain.ts';

const recipe = {
  ...tinySimclr,
  plugins: [fileURLToPath(new URL('../testing/halving-plugin.ts', import.meta.url))],
  data: { source: 'halved-shapes', options: { count: '80' }, testFraction: 0.25 },
  augmenter: { name: 'halved', options: { size: 16 } },
  optimizer: { name: 'halved-sgd' },
  schedule: { name: 'halved', options: { factor: 8 } },
};
const written = {
  data: { count: '80', counts: ['train'] },
  augmenter: { size: 16 },
  optimizer: { learningRate: 0.5 },
  schedule: { factor: 8 },
};

function events<T extends TesseraEvent['type']>(folder: string, type: T): EventOf<T>[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as TesseraEvent)
    .filter((event): event is EventOf<T> => event.type === type);
}

describe('options that a schema transforms', () => {
  it.each([0, 1])(
    'are kept as written and parsed once: in a run, its workers (%i), when it is continued and evaluated',
    async (workers) => {
      const out = join(temporaryFolder(), 'run');
      await pretrain(await prepared({ ...recipe, data: { ...recipe.data, workers } }, ['trainer.maxSteps=2']), {
        out,
      });
      const kept = (): unknown => {
        const resolved = parse(readFileSync(join(out, 'recipe.resolved.yaml'), 'utf8')) as Record<
          string,
          { options: unknown }
        >;
        return Object.fromEntries(Object.keys(written).map((part) => [part, resolved[part]?.options]));
      };
      expect(kept()).toEqual(written);
      const again = await prepare(join(out, 'recipe.resolved.yaml'), { set: ['trainer.maxSteps=null'] });
      expect((await openTrainingImages(again)).indices).toHaveLength(30); // three of every four of 80 / 2
      const { views } = again.registry.get('augmenter', 'halved').build(again.recipe.augmenter.options, {});
      expect(views).toEqual([{ count: 2, size: 8, channels: 3 }]);
      await resumeRun(out, { set: ['trainer.maxSteps=null'] });
      expect(kept()).toEqual(written);
      // 2 epochs of 3 steps at the rate 0.5 / 2, times 8 / 2.
      expect(events(out, 'step').map(({ learningRate }) => learningRate)).toEqual(Array.from({ length: 6 }, () => 1));
      const { trained } = await measureRun(out, { name: 'knn', options: { k: 5 } });
      expect(trained).toMatchObject({ bank: 30, queries: 10 });
    },
  );
});

describe('a notice about the recipe', () => {
  it('is told by a run, once', async () => {
    const out = join(temporaryFolder(), 'run');
    const lars = { ...tinySimclr, optimizer: { name: 'lars', options: { trustCoefficient: 0.002 } } };
    await pretrain(await prepared(lars, ['optimizer=sgd', 'trainer.maxSteps=1']), { out });
    const told = events(out, 'warning').filter(({ code }) => code === 'W_OPTIONS_DROPPED');
    expect(told.map(({ message }) => message)).toEqual([
      "--set optimizer=sgd takes 'sgd' instead; the recipe's options of 'lars' are dropped: trustCoefficient=0.002",
    ]);
  });
});
