import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeArguments } from './fuzz-pool.ts';

const entry = fileURLToPath(new URL('./scenarios.ts', import.meta.url));

export interface Ending {
  /** null if a signal ended it */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote, a JSON value a line. */
  readonly lines: readonly unknown[];
  readonly errors: string;
}

/** Runs one of scenarios.ts to its end; `SIGKILL` is how one that hangs ends. `onLine` sees the process as soon as it writes. */
export function runScenario(
  name: string,
  {
    argument = '',
    seconds = 60,
    env = {},
    onLine,
  }: {
    argument?: string;
    seconds?: number;
    env?: NodeJS.ProcessEnv;
    onLine?: (kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Ending> {
  const child = spawn(process.execPath, nodeArguments(entry, name, argument), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    onLine?.((signal) => child.kill(signal));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const lines = output.split('\n').filter((line) => line.startsWith('{') || line.startsWith('"'));
      done({ code, signal, lines: lines.map((line) => JSON.parse(line) as unknown), errors });
    });
  });
}
