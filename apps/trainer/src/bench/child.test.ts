import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '@tessera/run/testing';
import { jsonLines, runChild } from './child.ts';

/** Whether the system tells which processes a process started: Linux, but not every sandbox that looks like it. */
const knowsTree = existsSync(`/proc/self/task/${process.pid}/children`);

describe('runChild', () => {
  it('gives output and exit code', async () => {
    const outcome = await runChild('sh', ['-c', 'echo out; echo err >&2; exit 3']);
    expect(outcome).toMatchObject({ code: 3, interrupted: false, stdout: 'out\n', stderr: 'err\n' });
  });

  it.skipIf(!knowsTree)('sees the peak of a process behind a shell, freed or not', async () => {
    const folder = temporaryFolder();
    const [freed, seen] = [join(folder, 'freed'), join(folder, 'seen')];
    const script = `
      let b = Buffer.alloc(300 * 2 ** 20, 1);
      b = undefined;
      globalThis.gc();
      fs.writeFileSync(process.argv[1], '');
      const waiting = setInterval(() => fs.existsSync(process.argv[2]) && clearInterval(waiting), 20);`;
    const ended = runChild('sh', [
      '-c',
      `cd / && "$0" --expose-gc -e "$1" "$2" "$3"; true`,
      process.execPath,
      script,
      freed,
      seen,
    ]);
    // The child is looked at on this thread's timer, so a few turns of it are enough, however slow the machine.
    await vi.waitUntil(() => existsSync(freed), { timeout: 240_000 });
    for (let turn = 0; turn < 10; turn++) await setTimeout(20);
    writeFileSync(seen, '');
    const { peakResidentMB } = await ended;
    expect(peakResidentMB).toBeGreaterThan(300);
    expect(peakResidentMB).toBeLessThan(550); // not twice
  });

  it.skipIf(!knowsTree)('ends what it started when it is told to end', async () => {
    const module = fileURLToPath(new URL('./child.ts', import.meta.url));
    const ready = join(temporaryFolder(), 'ready');
    const code = `import { existsSync } from 'node:fs';
      import { runChild } from ${JSON.stringify(module)};
      const run = runChild('sh', ['-c', 'sleep 600 & : > "$0"; wait; true', ${JSON.stringify(ready)}]);
      const started = setInterval(() => {
        if (!existsSync(${JSON.stringify(ready)})) return;
        clearInterval(started);
        process.kill(process.pid, 'SIGTERM');
      }, 20);
      console.log(JSON.stringify(await run));`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    for await (const chunk of child.stdout) stdout += String(chunk); // runChild waits for the sleep's end of its pipes, too
    expect(jsonLines(stdout)).toMatchObject([{ interrupted: true }]);
  });

  it('fails for a command that does not exist', async () => {
    const nothing = join(temporaryFolder(), 'no-such-command'); // by its path: a PATH may lead through closed folders
    await expect(runChild(nothing, [])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('jsonLines', () => {
  it('takes the objects and leaves the rest', () => {
    expect(jsonLines('hello\n{"a":1}\n{broken\n[2]\n{"b":2}')).toEqual([{ a: 1 }, { b: 2 }]);
  });
});
