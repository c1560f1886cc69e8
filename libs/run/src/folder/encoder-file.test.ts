import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fold, rootKey, type Encoder } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import { resnetEncoder } from '@tessera/models';
import type { Composition } from '../compose.ts';
import { copyEncoder } from '../evaluation/copy-encoder.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { prepared, temporaryFolder, tinySimclr, tinySwav } from '../testing/tiny.ts';
import { pretrain } from '../training/pretrain.ts';
import { loadEncoder, saveEncoder } from './encoder-file.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

function encoder(scope: string, seed: number): Encoder {
  const options = { blocks: [1, 1, 1, 1], width: 2, stem: 'cifar' };
  return resnetEncoder.build(options, { key: fold(rootKey(seed), 'init'), scope, inputChannels: 3 });
}

const valuesOf = (one: Encoder): number[][] =>
  [...one.variables(), ...one.buffers()].map(({ variable }) => [...variable.dataSync()]);

describe('an encoder that was saved', () => {
  it.each(['encoder', 'teacher/encoder', 'a/b/c'])('is read into one under any scope: %s', (scope) => {
    const path = join(temporaryFolder(), 'encoder.safetensors');
    const [saved, other] = [encoder(scope, 0), encoder('encoder', 1)];
    saveEncoder(path, saved, {});
    loadEncoder(path, other);
    expect(valuesOf(other)).toEqual(valuesOf(saved));
    const again = encoder(scope, 2);
    loadEncoder(path, again);
    expect(valuesOf(again)).toEqual(valuesOf(saved));
    for (const one of [saved, other, again]) one.dispose();
  });
});

it.each([
  ['encoder', 'copy'],
  ['teacher/encoder', 'copy'],
  ['encoder', 'probe/encoder'],
  ['target/encoder', 'probe/my/encoder'],
])('an encoder under %s is copied to one under %s', (from, to) => {
  const own = encoder(from, 0);
  const composition = { buildEncoder: (scope: string) => encoder(scope, 1) } as Composition;
  const copy = copyEncoder(composition, own, to);
  expect(copy.variables()[0]?.name).toMatch(new RegExp(`^${to}/conv1`));
  expect(valuesOf(copy)).toEqual(valuesOf(own));
  copy.dispose();
  own.dispose();
});

describe('a run of', () => {
  const multiCrop = { augmenter: tinySwav.augmenter };
  const head = { name: 'dino', options: { hidden: 8, bottleneck: 4, out: 8 } };
  it.each([
    ['dino', { ...multiCrop, head }],
    ['byol', { parts: { predictor: { options: { out: 8 } } } }],
    ['moco', { objective: { options: { length: 16 } } }],
  ])('%s, with a momentum network, is measured', async (name, changes) => {
    const recipe = { ...tinySimclr, ...changes, method: { name } };
    const one = await prepared(recipe, ['trainer.maxSteps=2']);
    const { run } = await pretrain(one, { out: join(temporaryFolder(), 'run') });
    const { trained, untrained } = await evaluate(run, { name: 'retrieval' });
    expect(Object.values(trained).every(Number.isFinite)).toBe(true);
    expect(Object.keys(trained)).toEqual(Object.keys(untrained));
  });
});
