import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, tinySimclr, writeRecipe, writeText } from '@tessera/run/testing';

describe('the launcher', () => {
  const bin = fileURLToPath(new URL('../../bin/tessera.mjs', import.meta.url));

  it('ends a run cleanly on a signal, with a checkpoint and code 130', async () => {
    const out = join(temporaryFolder(), 'run');
    const recipe = writeRecipe({
      ...tinySimclr,
      trainer: { ...tinySimclr.trainer, epochs: 100_000 },
      data: { ...tinySimclr.data, workers: 1 },
    });
    const child = spawn(process.execPath, [bin, 'pretrain', recipe, '--out', out, '--set', 'reporters=[]'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('epoch 2 ') && !child.killed) child.kill('SIGINT');
    });
    const [code] = (await once(child, 'close')) as [number]; // all that it wrote has come
    expect(code).toBe(130);
    expect(stdout).toContain('tessera pretrain --resume');
    const last = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ type: 'run-ended', reason: 'interrupted' });
  });

  it('survives a reader of its output that goes away', async () => {
    const out = join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [bin, 'pretrain', writeRecipe(tinySimclr), '--out', out], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toMatch(/"reason":"finished"/);
  });

  it.each([
    ['process.exit(7)', 1, /^error: a data worker broke: it ended with code 7 \[E_WORKER_CRASHED\]\n.*workers=0.*\n$/],
    [
      "process.kill(process.pid, 'SIGSEGV')",
      139,
      /^error: .*SIGSEGV \(a fault in native code\) \[E_CRASHED\]\n.*--resume/,
    ],
    ["process.kill(process.pid, 'SIGKILL')", 137, /^error: .*SIGKILL \(.*memory\) \[E_CRASHED\]\n.*--resume/],
  ])('tells of a data worker that dies by %s in one error', async (how, exitCode, says) => {
    const plugin = writeText(
      'dying.mjs',
      `const apply = () => { ${how}; };
      const build = () => ({ views: [{ count: 2, size: 8, channels: 3 }], pixelType: 'uint8', sample: () => null, apply });
      const dying = { kind: 'augmenter', name: 'dying', summary: '', schema: {}, parse: () => ({}), build };
      export default { name: 'dying', contract: 2, extensions: [dying] };\n`,
    );
    const data = { ...tinySimclr.data, workers: 2 };
    const recipe = writeRecipe({ ...tinySimclr, plugins: [plugin], augmenter: { name: 'dying' }, data });
    const out = join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [bin, 'pretrain', recipe, '--out', out], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(stderr).toMatch(says);
    expect(code).toBe(exitCode);
  });

  it.each([
    [[], /^error: surprise \[E_INTERNAL\]\n.*--verbose.*\n$/],
    [['--verbose'], /\n\s+at /],
  ] as const)('tells of an uncaught exception in a line, %j', async (flags, says) => {
    const plugin = writeText(
      'late.mjs',
      "setTimeout(() => { throw new Error('surprise'); }); export default { name: 'late', contract: 2, extensions: [] };\n",
    );
    const recipe = writeRecipe({ ...tinySimclr, plugins: [plugin], trainer: { ...tinySimclr.trainer, epochs: 1000 } });
    const out = join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [bin, 'pretrain', recipe, '--out', out, ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
  });
});
