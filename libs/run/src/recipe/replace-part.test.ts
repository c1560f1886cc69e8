import { isTesseraError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { builtins } from '@tessera/builtins';
import { collectExtensions } from '../extensions.ts';
import { parseAssignment } from './assignment.ts';
import { applyOverrides, type Overridden } from './overrides.ts';

const { registry } = collectExtensions(builtins);
const changed = (content: Record<string, unknown>, ...set: readonly string[]): Overridden =>
  applyOverrides(content, set.map(parseAssignment), registry);
const simclr = { method: { name: 'simclr' } };
function refusal(...set: readonly string[]): string {
  try {
    changed(simclr, ...set);
  } catch (error) {
    if (isTesseraError(error)) return `${error.code}: ${error.message} / ${error.next ?? ''}`;
  }
  throw new Error('expected a TesseraError');
}

describe('--set of a part', () => {
  const lars = { ...simclr, optimizer: { name: 'lars', options: { learningRate: 0.3, trustCoefficient: 0.001 } } };

  it.each([
    ['optimizer=sgd', 'optimizer', { name: 'sgd' }],
    ['optimizer.name=sgd', 'optimizer', { name: 'sgd' }],
    ['schedule=constant', 'schedule', { name: 'constant' }],
    ['augmenter=swav', 'augmenter', { name: 'swav' }],
    ['head=mlp', 'head', { name: 'mlp', options: { layers: 3 } }], // the method's own choice: nothing changes but what is written
    ['data.source=cifar10', 'data', { source: 'cifar10', workers: 1 }],
    ['data=cifar10', 'data', { source: 'cifar10', workers: 1 }],
    ['evaluation.0=knn', 'evaluation', [{ name: 'knn', options: { k: 5 } }]],
    ['evaluation=[knn]', 'evaluation', [{ name: 'knn' }]],
    ['evaluation.1=knn', 'evaluation', [{ name: 'knn', options: { k: 5 } }, { name: 'knn' }]],
    ['reporters.0=progress', 'reporters', [{ name: 'progress' }]],
    ['method=swav', 'method', { name: 'swav' }],
  ])('%s gives it that name', (assignment, section, becomes) => {
    const content = {
      ...lars,
      schedule: { name: 'warmup-cosine', options: { warmupEpochs: 3 } },
      augmenter: { options: { size: 8 } },
      head: { name: 'mlp', options: { layers: 3 } },
      data: { source: 'shapes', workers: 1, options: { count: 40 } },
      evaluation: [{ name: 'knn', options: { k: 5 } }],
    };
    expect(changed(content, assignment).content[section]).toEqual(becomes);
  });

  it('drops the options that were the old one’s, and tells which', () => {
    const { content, notices } = changed(lars, 'optimizer=sgd');
    expect(content['optimizer']).toEqual({ name: 'sgd' });
    expect(notices).toEqual([
      {
        code: 'W_OPTIONS_DROPPED',
        message:
          "--set optimizer=sgd takes 'sgd' instead; the recipe's options of 'lars' are dropped: learningRate=0.3, trustCoefficient=0.001",
      },
    ]);
  });

  it('keeps what the same command sets, in any order, and says nothing of it', () => {
    for (const set of [
      ['optimizer=sgd', 'optimizer.options.learningRate=0.5'],
      ['optimizer.options.learningRate=0.5', 'optimizer=sgd'],
    ]) {
      const { content, notices } = changed(lars, ...set);
      expect(content['optimizer']).toEqual({ name: 'sgd', options: { learningRate: 0.5 } });
      expect(notices[0]?.message).toMatch(/dropped: trustCoefficient=0.001$/);
    }
  });

  it('changes nothing where it has that name already', () => {
    for (const set of ['optimizer=lars', 'optimizer.name=lars'])
      expect(changed(lars, set)).toEqual({ content: lars, notices: [] });
    const nameless = { ...simclr, optimizer: { options: { momentum: 0.5 } } };
    expect(changed(nameless, 'optimizer=sgd')).toEqual({ content: nameless, notices: [] });
  });

  it('keeps an option that the new one cannot be without, and tells so', () => {
    const content = { ...simclr, objective: { name: 'nt-xent', options: { temperature: 0.3, reduction: 'google' } } };
    const to = changed(content, 'objective=nt-logistic');
    expect(to.content['objective']).toEqual({ name: 'nt-logistic', options: { temperature: 0.3 } });
    expect(to.notices[0]?.message).toMatch(
      /dropped: reduction="google"; kept, because 'nt-logistic' has no default: temperature=0.3$/,
    );
    // That of the method's choice as well.
    expect(changed(simclr, 'objective=nt-logistic').content['objective']).toEqual({
      name: 'nt-logistic',
      options: { temperature: 0.5 },
    });
    expect(
      changed(content, 'objective=nt-logistic', 'objective.options.temperature=1').notices[0]?.message,
    ).not.toContain('kept');
  });

  it('drops options that changed the choice of another method', () => {
    const content = { ...simclr, augmenter: { options: { size: 8 } }, encoder: { options: { width: 4 } } };
    const { content: swav, notices } = changed(content, 'method=swav');
    expect(swav).toEqual({ method: { name: 'swav' }, augmenter: {}, encoder: { options: { width: 4 } } });
    expect(notices.map(({ message }) => message)).toEqual([
      "--set method=swav takes 'swav' instead; the recipe's options of 'simclr' are dropped: size=8",
    ]);
    expect(changed(content, 'method={name: swav}').content).toEqual(swav);
  });

  it('goes back to the method’s choice', () => {
    const { content, notices } = changed(lars, 'optimizer.name=null');
    expect(content['optimizer']).toEqual({});
    expect(notices).toHaveLength(1);
    expect(changed(lars, 'optimizer=null')).toEqual({ content: simclr, notices: [] });
  });

  it.each([
    ['method=SwAV', /'swav'/],
    ['objective=NT_Xent', /'nt-xent'/],
    ['optimizer=@x', /'@x'/],
    ['optimizer.name=*foo', /'\*foo'/],
    ['data.source=CIFAR-10', /'cifar10'/],
  ])('%s is unknown, with what was meant', (assignment, says) => {
    expect(
      refusal(assignment, `${assignment.split('=')[0]?.replace(/\.(name|source)$/, '') ?? ''}.options.x=1`),
    ).toMatch(says);
  });

  it('leaves its argument alone', () => {
    const content = structuredClone(lars);
    changed(content, 'optimizer=sgd', 'data.options.exclude=[a]', 'evaluation.0=knn');
    expect(content).toEqual(lars);
  });
});
