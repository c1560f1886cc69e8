import { describe, expect, it } from 'vitest';
import { byPreference, preferredAmong, splitsAmong } from './split-names.ts';

const read = (...names: readonly string[]): Record<string, string> => Object.fromEntries(splitsAmong(names));

describe('names of splits', () => {
  it('are known alone, in any case, with numbers and words that say nothing more', () => {
    for (const name of ['train', 'Train', 'TRAIN', 'training', 'train2017', 'train_images', 'trainset', 'TrainSet'])
      expect(read('cat', name)).toEqual({ [name]: 'train' });
    for (const name of [
      'test',
      'Testing',
      'val',
      'VAL',
      'valid',
      'Validation',
      'eval',
      'test1',
      'val-set',
      'test_data',
    ])
      expect(read('cat', name)).toEqual({ [name]: 'test' });
  });

  it('are known where several words are one: training and validation images together, held out', () => {
    for (const name of ['trainval', 'TrainVal', 'train_val', 'train+valid', 'train-validation'])
      expect(read('cat', name)).toEqual({ [name]: 'train' });
    for (const name of ['held-out', 'hold_out', 'heldout', 'dev'])
      expect(read('cat', name)).toEqual({ [name]: 'test' });
    expect(read('VOCtrainval', 'VOCtest')).toEqual({ VOCtrainval: 'train', VOCtest: 'test' });
    expect(read('IMGTrain', 'IMGVal')).toEqual({ IMGTrain: 'train', IMGVal: 'test' });
    expect(read('CONTest', 'train_values', 'device')).toEqual({});
  });

  it('are known with more words in pairs only, so that classes stay classes', () => {
    expect(read('cifar10_train', 'cifar10_val')).toEqual({ cifar10_train: 'train', cifar10_val: 'test' });
    expect(read('imgTrain', 'imgTest')).toEqual({ imgTrain: 'train', imgTest: 'test' });
    for (const classes of [
      ['bullet_train', 'test_tube'],
      ['valley', 'trainer', 'contest'],
      ['train_test', 'car'],
    ])
      expect(read(...classes)).toEqual({});
  });

  it('are preferred in one order: test itself, what reads like it, validation', () => {
    expect(byPreference(['val', 'Test', 'evaluation', 'test', 'testing'])).toEqual([
      'test',
      'Test',
      'testing',
      'val',
      'evaluation',
    ]);
    expect(preferredAmong(['x-val-0', 'x-test-0', 'x-test-1'])).toEqual(['x-test-0', 'x-test-1']);
  });
});
