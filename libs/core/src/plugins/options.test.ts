import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isTesseraError } from '../errors.ts';
import { nearest } from './names.ts';
import { parseOptions } from './options.ts';
import { meantName } from './synonyms.ts';

function refusal(schema: z.ZodType, value: unknown): string {
  try {
    parseOptions(schema, value, 'part.options');
  } catch (error) {
    if (isTesseraError(error)) return `${error.message} / ${error.next ?? ''}`;
  }
  throw new Error('expected a TesseraError');
}

describe('names', () => {
  it.each([
    ['SwAV', 'swav'],
    ['SWAV', 'swav'],
    ['NT_Xent', 'nt-xent'],
    ['ntxent', 'nt-xent'],
    ['nt xent', 'nt-xent'],
    ['simclor', 'simclr'],
    ['Resnet50', 'resnet'],
    ['lr', undefined],
    ['5', undefined],
    ['', undefined],
  ])('%s is nearest to %s', (name, near) => {
    expect(nearest(name, ['swav', 'nt-xent', 'simclr', 'resnet', 'k'])).toBe(near);
  });

  it.each([
    ['vit-small', 'vit'],
    ['ViT_Tiny', 'vit'],
    ['cosine', 'warmup-cosine'],
    ['cosine-warmup', 'warmup-cosine'],
    ['NTXentLoss', 'nt-xent'],
    ['swav-loss', 'swav'],
    ['warmup-step', 'step'],
    ['loss', undefined],
    ['tall', undefined],
  ])('%s, which shares words with one name only, is nearest to %s', (name, near) => {
    expect(nearest(name, ['vit', 'swav', 'nt-xent', 'warmup-cosine', 'step', 'constant'])).toBe(near);
  });

  it.each([
    ['lr', 'learningRate'],
    ['wd', 'weightDecay'],
    ['bs', 'batchSize'],
    ['batch', 'batchSize'],
    ['batch_size', 'batchSize'],
    ['BATCH-SIZE', 'batchSize'],
    ['temp', 'temperature'],
    ['tau', 'temperature'],
    ['epoch', 'epochs'],
    ['max_epochs', 'epochs'],
    ['num_workers', 'workers'],
    ['worker', 'workers'],
    ['eps', 'epsilon'],
    ['bogus', undefined],
  ])('%s means %s', (name, meant) => {
    const known = ['learningRate', 'weightDecay', 'batchSize', 'temperature', 'epochs', 'workers', 'epsilon'];
    expect(meantName(name, known)).toBe(meant);
  });
});

describe('parseOptions', () => {
  const schema = z.strictObject({
    learningRate: z.number().default(1),
    k: z.int().default(1),
    required: z.number().default(1),
    groups: z.array(z.strictObject({ weightDecay: z.number().optional() })).default([]),
    mode: z.enum(['torch', 'f32', 'auto']).default('auto'),
    size: z.union([z.number(), z.enum(['small', 'large'])]).optional(),
    either: z.union([z.string(), z.strictObject({ batchSize: z.number() })]).optional(),
    names: z.array(z.string()).optional(),
    name: z.string().nullable().default(null),
    path: z.union([z.string(), z.array(z.string())]).optional(),
    flag: z.boolean().default(false),
  });

  it('names the option that is meant, and its whole path', () => {
    expect(refusal(schema, { lr: 1 })).toMatch(
      /'part\.options\.lr'; did you mean 'learningRate'\? \/ Write part\.options\.learningRate\. Known/,
    );
    expect(
      refusal(
        schema.transform((options) => options),
        { lr: 1 },
      ),
    ).toContain("did you mean 'learningRate'?");
  });

  it('names it in lists too', () => {
    expect(refusal(schema, { groups: [{}, { wd: 1 }] })).toMatch(
      /'part\.options\.groups\.1\.wd'; did you mean 'weightDecay'\? \/ Write part\.options\.groups\.1\.weightDecay\. Known options here: weightDecay\./,
    );
  });

  it('names those of the alternative that was chosen', () => {
    const rotate = z.strictObject({ name: z.literal('rotate'), degrees: z.number().default(0) });
    const blur = z.strictObject({ name: z.literal('blur'), sigma: z.number().default(1) });
    const ops = z.strictObject({ ops: z.array(z.discriminatedUnion('name', [rotate, blur])) });
    const error = refusal(ops, { ops: [{ name: 'rotate' }, { name: 'blur', degrees: 1 }] });
    expect(error).toMatch(/'part\.options\.ops\.1\.degrees' \/ Known options here: name, sigma\.$/);
  });

  it('speaks of a misspelt option before one that is missing', () => {
    expect(refusal(z.strictObject({ temperature: z.number() }), { temp: 1 })).toContain("did you mean 'temperature'?");
  });

  it.each([
    [{ names: [0, 1] }, /names\.0' is 0: .*quotes, as it is meant: "0"/],
    [{ names: ['a', 12] }, /quotes.*"12"/],
    [{ name: 12 }, /quotes.*"12"/],
    [{ name: true }, /quotes.*"true"/],
    [{ path: 12 }, /quotes.*"12"/],
    [{ flag: 'yes' }, /Write true or false/],
    [{ names: 'a' }, /Write a list: \[a\]/],
    [{ mode: 'Torch' }, /Did you mean 'torch'\? Write part\.options\.mode=torch/],
    [{ mode: 'pytorch' }, /Did you mean 'torch'\?/],
    [{ mode: 'fp32' }, /Did you mean 'f32'\?/],
    [{ mode: 'quantum' }, /Correct the value/],
    [{ size: 'Small' }, /Did you mean 'small'\?/],
  ])('says what to do where %j is misspelt, or YAML took it for something else', (value, says) => {
    expect(refusal(schema, value)).toMatch(says);
  });
});
