import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { collectExtensions } from '@tessera/run/parts';
import { builtins } from '../builtins.ts';
import { recipeSchema } from '@tessera/run/parts';
import { describeCommand } from './describe.ts';
import { typeText, type JsonSchema } from './option-table.ts';

async function described(name: string, json = false): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await describeCommand({ name, recipe: undefined, json });
  const text = write.mock.calls.map(([chunk]) => String(chunk)).join('');
  write.mockRestore();
  return text;
}

/** Dotted paths of the options, at any depth, that say nothing about themselves. */
function silent({ properties = {}, items, anyOf = [] }: JsonSchema, path: string): string[] {
  return [
    ...Object.entries(properties).flatMap(([name, option]) => [
      ...(option.description ? [] : [`${path}.${name}`]),
      ...silent(option, `${path}.${name}`),
    ]),
    ...(items ? silent(items, path) : []),
    ...anyOf.flatMap((option) => silent(option, path)),
  ];
}

describe('tessera describe', () => {
  it.each([
    ['recipe', /seed\s+integer >= 0\s+0\s+of initialisation/],
    ['trainer', /batchSize\s+integer >= 1\s+256\s+images/],
    ['data', /prefetch\s+integer >= 1\s+4\s+batches/],
    ['checkpoint', /everyMinutes\s+number > 0 \| null\s+10\s+minutes/],
    ['evaluation', /everyEpochs\s+integer >= 1 \| null\s+null\s+epochs/],
  ])("shows the recipe's own '%s'", async (name, says) => {
    expect(await described(name)).toMatch(says);
    expect(JSON.parse(await described(name, true))).toMatchObject({ kind: 'recipe', name });
  });

  it.each([
    ['SwAV', /'SwAV'; did you mean 'swav'\?/],
    ['Objective:NT_Xent', /did you mean 'objective:nt-xent'\?/],
    ['Trainer', /did you mean 'trainer'\?/],
  ])('knows what %s was meant to be', async (name, says) => {
    await expect(described(name)).rejects.toThrow(says);
  });

  it('has a description of every option of recipes and extensions', () => {
    const schemaOf = (schema: z.ZodType): JsonSchema =>
      z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    const extensions = collectExtensions(builtins)
      .registry.list()
      .map(({ extension: { kind, name, schema } }) => silent(schemaOf(schema), `${kind}:${name}`));
    expect([...silent(schemaOf(recipeSchema), 'recipe'), ...extensions.flat()]).toEqual([]);
  });

  it.each([
    [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, 'number > 0, <= 1'],
    [{ type: 'number', minimum: 0, exclusiveMaximum: 1 }, 'number >= 0, < 1'],
    [{ type: 'integer', minimum: 1, maximum: 9 }, 'integer 1..9'],
  ] as const)('states the range of %j', (schema, text) => {
    expect(typeText(schema)).toBe(text);
  });
});
