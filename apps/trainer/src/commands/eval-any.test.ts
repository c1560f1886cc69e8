import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinySimclr, writeRecipe } from '@tessera/run/testing';
import { runCliQuietly } from '../testing/run-cli-quietly.ts';

const recipe = {
  ...tinySimclr,
  plugins: [fileURLToPath(new URL('../testing/feature-norm-plugin.ts', import.meta.url))],
  trainer: { ...tinySimclr.trainer, maxSteps: 2 },
};

describe('eval NAME RUN', () => {
  let out = '';

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tessera-eval-'));
    out = join(folder, 'run');
    const { code, stderr } = await runCliQuietly(['pretrain', writeRecipe(recipe, folder), '--out', out]);
    expect(code, stderr).toBe(0);
    return () => {
      rmSync(folder, { recursive: true });
    };
  });

  it('runs an evaluation of a plugin by its own options, beside the untrained encoder', async () => {
    const plain = await runCliQuietly(['eval', 'feature-norm', out]);
    expect(plain.stdout).toMatch(
      /^feature-norm\.norm: \d+\.\d{4} {2}\(untrained: \d+\.\d{4}\)\nfeature-norm\.images: 40\nengine cpu\nmean 2-norm of the features of the test images\n$/,
    );
    const set = ['order=1', 'split=train', 'data.every=2'];
    const { stdout, code } = await runCliQuietly(['eval', 'feature-norm', out, '--json', '--set', ...set]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      run: out,
      evaluation: 'feature-norm',
      trained: { images: 20, norm: expect.any(Number) as number },
      untrained: { images: 20 },
      protocol: 'mean 1-norm of the features of the train images',
      engine: 'cpu',
    });
  });

  it.each([
    [['feature-norms', 'RUN'], 'E_EXTENSION_UNKNOWN', 'feature-norm'],
    [['feature-norm', 'RUN', '--set', 'ordr=1'], 'E_OPTION_UNKNOWN', 'order'],
    [['feature-norm', 'RUN', '--set', 'order=0'], 'E_OPTION_INVALID', 'order'],
    [['feature-norm', '/nowhere'], 'E_RUN_NOT_FOUND', '/nowhere'],
  ] as const)('refuses %j with %s, and says what would do', async (args, code, hint) => {
    const { stderr, ...ended } = await runCliQuietly(['eval', ...args.map((arg) => (arg === 'RUN' ? out : arg))]);
    expect(ended.code).not.toBe(0);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
  });
});
