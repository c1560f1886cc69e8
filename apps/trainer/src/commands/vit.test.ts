/** What `tessera describe`, `check` and `pretrain` make of a ViT. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runCliQuietly } from '../testing/run-cli-quietly.ts';
import { temporaryFolder } from '@tessera/run/testing';

function recipeFile(encoder: object): string {
  const file = join(temporaryFolder(), 'recipe.yaml');
  const options = { width: 16, depth: 1, heads: 2, patch: 4, image: 16, ...encoder };
  const recipe = {
    method: { name: 'simclr' },
    encoder: { name: 'vit', options },
    augmenter: { options: { size: 16 } },
    head: { options: { out: 8 } },
    data: { source: 'shapes', options: { count: 40, size: 16 }, workers: 0 },
    trainer: { batchSize: 8, epochs: 1, engine: 'cpu' },
  };
  writeFileSync(file, stringify(recipe));
  return file;
}

describe('the vit encoder', () => {
  it('is described with its presets, ranges and defaults', async () => {
    const { code, stdout } = await runCliQuietly(['describe', 'vit']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/size\s+tiny \| small \| base\s+"small"/);
    expect(stdout).toMatch(/patch\s+integer > 0\s+16/);
    expect(stdout).toMatch(/dropPath\s+number >= 0, < 1\s+0/);
  });

  it('is checked: parameters, and the products of its attention among the FLOPs', async () => {
    const { code, stdout } = await runCliQuietly(['check', recipeFile({}), '--engine', 'cpu', '--json']);
    expect(code).toBe(0);
    const { parameters, forwardFlopsPerImage } = JSON.parse(stdout) as {
      readonly parameters: Readonly<Record<string, number>>;
      readonly forwardFlopsPerImage: number;
    };
    const width = 16;
    const [tokens, patchInputs] = [16 + 1, 4 * 4 * 3];
    const block =
      4 * width + 3 * width * (width + 1) + width * (width + 1) + 4 * width * (width + 1) + width * (4 * width + 1);
    expect(parameters['encoder']).toBe(block + 2 * width + (tokens + 1) * width + width * (patchInputs + 1));
    // Linear layers of every token, two products of every pair of tokens, the map of patches; the head is 16 x 16 and 16 x 8. Two views.
    const linear = tokens * 12 * width * width;
    const pairs = 2 * tokens * tokens * width;
    const multiplications = linear + pairs + 16 * patchInputs * width + width * width + width * 8;
    expect(forwardFlopsPerImage).toBe(2 * 2 * multiplications);
  });

  it.each([
    [
      { patch: 5, image: 20 },
      'E_PATCH_SIZE',
      /patches of 5 x 5 pixels do not divide an image of 16 x 16.*multiple of 5/s,
    ],
    [{ patch: 5 }, 'E_OPTION_INVALID', /patches of 5 pixels do not divide an image of 16/],
  ])('says of %j what would do', async (options, code, says) => {
    const { code: ended, stderr } = await runCliQuietly(['check', recipeFile(options), '--engine', 'cpu']);
    expect(ended).not.toBe(0);
    expect(stderr).toContain(code);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
