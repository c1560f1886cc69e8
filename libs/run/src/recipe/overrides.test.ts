import { describe, expect, it } from 'vitest';
import { builtins } from '@tessera/builtins';
import { collectExtensions } from '../extensions.ts';
import { parseAssignment } from './assignment.ts';
import { applyOverrides, type Overridden } from './overrides.ts';

const { registry } = collectExtensions(builtins);
const changed = (content: Record<string, unknown>, ...set: readonly string[]): Overridden =>
  applyOverrides(content, set.map(parseAssignment), registry);
const simclr = { method: { name: 'simclr' } };
/** What a value becomes under a key. */
function under(key: string, text: string): unknown {
  const { content } = changed(simclr, `${key}=${text}`);
  return key.split('.').reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], content);
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
    ['data.options.classes=[a, [b]]', /not a list of texts/],
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
