import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jsonLines, runChild } from './child.ts';

const node = JSON.stringify(process.execPath);

describe('runChild', () => {
  it('gives output and exit code', async () => {
    const outcome = await runChild('sh', ['-c', 'echo out; echo err >&2; exit 3']);
    expect(outcome).toMatchObject({ code: 3, interrupted: false, stdout: 'out\n', stderr: 'err\n' });
  });

  it.skipIf(!existsSync('/proc/self/status'))('sees the peak of a process behind a shell, freed or not', async () => {
    const script =
      'let b = Buffer.alloc(300 * 2 ** 20, 1); setTimeout(() => { b = undefined; globalThis.gc(); setTimeout(() => {}, 100) }, 100)';
    const { peakResidentMB } = await runChild('sh', ['-c', `cd / && ${node} --expose-gc -e '${script}'; true`]);
    expect(peakResidentMB).toBeGreaterThan(300);
    expect(peakResidentMB).toBeLessThan(420);
  });

  it('ends what it started when it is told to end', async () => {
    const module = fileURLToPath(new URL('./child.ts', import.meta.url));
    const code = `import { runChild } from ${JSON.stringify(module)};
      const run = runChild('sh', ['-c', 'sleep 60; true']);
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 200);
      console.log(JSON.stringify(await run));`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    for await (const chunk of child.stdout) stdout += String(chunk);
    expect(jsonLines(stdout)).toMatchObject([{ interrupted: true }]);
  }, 20_000);

  it('fails for a command that does not exist', async () => {
    await expect(runChild('no-such-command-here', [])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('jsonLines', () => {
  it('takes the objects and leaves the rest', () => {
    expect(jsonLines('hello\n{"a":1}\n{broken\n[2]\n{"b":2}')).toEqual([{ a: 1 }, { b: 2 }]);
  });
});
