import { isTesseraError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { collectExtensions } from '../builtins.ts';
import { parseAssignment } from './assignment.ts';
import { applyOverrides, type Overridden } from './overrides.ts';

const { registry } = collectExtensions();
const changed = (content: Record<string, unknown>, ...set: readonly string[]): Overridden =>
  applyOverrides(content, set.map(parseAssignment), registry);
const simclr = { method: { name: 'simclr' } };
/** What a value becomes under a key. */
function under(key: string, text: string): unknown {
  const { content } = changed(simclr, `${key}=${text}`);
  return key.split('.').reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], content);
}
function refusal(...set: readonly string[]): string {
  try {
    changed(simclr, ...set);
  } catch (error) {
    if (isTesseraError(error)) return `${error.code}: ${error.message} / ${error.next ?? ''}`;
  }
  throw new Error('expected a TesseraError');
}

describe('--set, a text by its schema', () => {
  const odd = [
    ...[
      'DIR/set #2',
      '#2',
      '!x',
      '!!str x',
      '@x',
      '%x',
      '*.jpg',
      '&a',
      '|',
      '>',
      '`x`',
      '"q"',
      "'q'",
      '- a',
      '? a',
      ':',
      'a: b',
    ],
    ...[
      'yes',
      'no',
      'on',
      'off',
      'true',
      'false',
      '~',
      'NULL',
      '1',
      '012',
      '1e3',
      '0x10',
      '.inf',
      '2026-11-30',
      '12:30:00',
    ],
    ...[
      '[a',
      '{a',
      '[a, b]',
      '{a: b}',
      '---',
      '...',
      ' both ends ',
      'C:\\x',
      'C:\\new\\table',
      '\\\\host\\share',
      'x=y',
      'a\nb',
      'é',
    ],
  ];
  it.each(odd)('is taken as it is typed: %j', (text) => {
    expect(under('data.path', text)).toBe(text); // a default
    expect(under('data.fileList', text)).toBe(text); // nullable
    expect(under('data.options.path', text)).toBe(text); // a part's
    expect(under('trainer.device', text)).toBe(text); // with a pattern; whether it fits is for the schema
    expect(under('data.onBadImage', text)).toBe(text); // one of several
    expect(under('data.options.classes.0', text)).toBe(text); // in an optional list
  });

  it.each([
    ['[0,1]', ['0', '1']],
    ['[012, 1e3, yes, null, ~]', ['012', '1e3', 'yes', 'null', '~']],
    ['[ *.jpg, @x, !x, %x, &a, a #2, a:b ]', ['*.jpg', '@x', '!x', '%x', '&a', 'a #2', 'a:b']],
    ['["a, b", \'c, "d"\', \'it\'\'s\', "say \\"x\\""]', ['a, b', 'c, "d"', "it's", 'say "x"']],
    ['[C:\\x, "C:\\new"]', ['C:\\x', 'C:\\new']],
    ['[shard-{0,1}.tar, a[1,2]]', ['shard-{0,1}.tar', 'a[1,2]']],
    ['[a,]', ['a']],
    ['[]', []],
  ])('in a list too: %s', (text, texts) => {
    expect(under('data.options.classes', text)).toEqual(texts);
    expect(under('plugins', text)).toEqual(texts);
  });

  it('in lists and maps inside a value too', () => {
    expect(
      under('data', '{path: 012, options: {exclude: [0, yes, "2 #"], classes: [1e3]}, limit: 012, fileList: ~}'),
    ).toEqual({
      path: '012',
      options: { exclude: ['0', 'yes', '2 #'], classes: ['1e3'] },
      limit: 12,
      fileList: '~',
    });
    expect(under('optimizer', '{name: sgd, options: {groups: [{names: [1], learningRate: 1}]}}')).toEqual({
      name: 'sgd',
      options: { groups: [{ names: ['1'], learningRate: 1 }] },
    });
  });

  it('is YAML where it is none', () => {
    expect(under('trainer.epochs', '0x10')).toBe(16);
    expect(under('trainer.epochs', '1e3')).toBe(1000);
    expect(under('trainer.tf32', 'true')).toBe(true);
    expect(under('encoder.options.blocks', '[1, 1, 1, 1]')).toEqual([1, 1, 1, 1]);
    expect(under('objective.options', '{temperature: 0.1}')).toEqual({ temperature: 0.1 });
  });

  it.each([
    ['trainer.epochs=5 #x', /a comment, #x/],
    ['trainer.epochs=#x', /a comment, #x/],
    ['trainer.epochs=!x', /a tag, !x/],
    ['trainer.tf32=!!bool true', /a tag/],
    ['trainer.epochs=*foo', /an alias, \*foo/],
    ['encoder.options.blocks=&a [1, 1, 1, 1]', /an anchor, &a/],
    ['encoder.options.blocks=[1, 1, 1, 1] # basic', /a comment/],
    ['data={path: a #2}', /a comment/],
    ['data={path: !x}', /a tag/],
    ['trainer.epochs=@x', /not YAML/],
    ['trainer.epochs=[1', /not YAML/],
    ['trainer.epochs=', /no value/],
    ['data.options.classes=', /no value/],
    ['data.options.classes=[a', /not a list of texts/],
    ['data.options.classes=[a,,b]', /not a list of texts/],
    ['data={path: }', /key 'path' without a value/],
    ['objective={name:swav}', /key 'name:swav'.*space after the colon/],
    ['data.options.exclude.1=a', /no place '1' in a list of 0/],
    ['data.options.exclude.x=a', /no place 'x'/],
    ['evaluation.length=0', /no place 'length'/],
    ['evaluation.1=knn', /no place '1'/],
    ['trainer.epochs.x=1', /plain value/],
    ['trainer', /not key=value/],
    ['=3', /not key=value/],
    ['a..b=1', /not key=value/],
    ['__proto__.x=1', /not key=value/],
  ])('%s is an error', (assignment, says) => {
    const content = { ...simclr, trainer: { epochs: 1 }, data: { options: { exclude: [] } }, evaluation: [] };
    expect(() => changed(content, assignment)).toThrow(
      expect.objectContaining({ code: 'E_SET_SYNTAX', message: expect.stringMatching(says) as string }) as Error,
    );
  });
});

describe('--set key=null', () => {
  it('takes a key back to its default, and is null where null is a value', () => {
    const content = {
      ...simclr,
      trainer: { epochs: 1, maxSteps: 3 },
      data: { path: 'x', options: { path: 'y' }, limit: 3 },
      optimizer: { name: 'lars', options: { momentum: 0.5 } },
    };
    const unset = [
      'trainer.epochs',
      'trainer.maxSteps',
      'data.path',
      'data.options',
      'data.limit',
      'optimizer',
      'seed',
      'encoder.options.width',
    ];
    expect(changed(content, ...unset.map((key) => `${key}=null`)).content).toEqual({
      ...simclr,
      trainer: { maxSteps: null },
      data: { limit: null },
    });
    expect(changed(content, 'data={path: null, limit: null}').content['data']).toEqual({ limit: null });
  });

  it('takes out a key that nobody knows, and makes none', () => {
    const content = { ...simclr, trainer: { epoch: 3 } };
    expect(changed(content, 'trainer.epoch=null').content).toEqual({ ...simclr, trainer: {} });
    expect(changed(simclr, 'data.lost=null').content).toEqual({ ...simclr, data: { lost: null } }); // refused by the schema
  });

  it('is an error in a list', () => {
    expect(() => changed({ ...simclr, evaluation: [{ name: 'knn' }] }, 'evaluation.0=null')).toThrow(/place in a list/);
  });
});

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
