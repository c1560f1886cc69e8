import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepare } from '../testing/prepare.ts';
import { temporaryFolder, writeText } from '../testing/tiny.ts';

const codes = async (data: string): Promise<readonly string[]> =>
  (await prepare(writeText('recipe.yaml', `method: { name: simclr }\n${data}\n`))).notices.map(
    ({ code, message }) => `${code} ${message}`,
  );

describe('a text in a recipe file that YAML cuts', () => {
  it.each([
    'data: { path: DIR/set #2\n  }',
    'data:\n  path: DIR/set #2',
    'data:\n  path: DIR/set   #2 and more',
    'data:\n  options:\n    exclude:\n      - DIR/set #2',
  ])('is told: %j', async (data) => {
    const told = await codes(data);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /^W_RECIPE_COMMENT .*recipe\.yaml:\d: YAML reads 'DIR\/set' and takes the rest of 'DIR\/set +#2/,
    );
  });

  it.each([
    'data:\n  path: DIR/set # two',
    'data:\n  path: "DIR/set #2"',
    "data:\n  path: 'DIR/set' #2",
    'data:\n  path: DIR/set#2',
    'data:\n  limit: 3 #2',
    'data: #2\n  path: x',
    'data:\n  path: x\n  #path: y',
    'data:\n  path: x ## y',
  ])('is a comment: %j', async (data) => {
    expect(await codes(data)).toEqual([]);
  });

  it('is an error where there is a file of the whole name', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'set # 2'));
    const recipe = writeText('recipe.yaml', `method: { name: simclr }\ndata:\n  path: ${folder}/set # 2\n`);
    await expect(prepare(recipe)).rejects.toThrow(
      expect.objectContaining({
        code: 'E_RECIPE_SYNTAX',
        message: expect.stringContaining('recipe.yaml:3:') as string,
      }) as Error,
    );
  });

  it('is an error where it begins with a tag', async () => {
    await expect(codes('data:\n  path: !x')).rejects.toThrow(
      expect.objectContaining({ code: 'E_RECIPE_SYNTAX' }) as Error,
    );
  });
});
