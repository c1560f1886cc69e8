/** Runs a command to its end and watches its memory. Imports Node's modules only. */
import { spawn } from 'node:child_process';
import { peakOfTreeMB, processTree } from './peak-memory.ts';

export interface ChildOutcome {
  /** null where a signal ended it. */
  readonly code: number | null;
  /** A signal came for this process and was handed on. */
  readonly interrupted: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** See {@link peakOfTreeMB}; null where the system does not tell. Looked at every 20 ms, so growth in the last moment may be missed. */
  readonly peakResidentMB: number | null;
}

const WATCH_MILLISECONDS = 20;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The child and all that it started end with this process: signals are handed on, and so is the loss of a launcher.
 * @throws what Node throws where the command cannot be started
 */
export function runChild(
  command: string,
  args: readonly string[],
  { env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ChildOutcome> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => (text[stream] += chunk));
  let peak: number | undefined;
  const { pid } = child;
  const watch = setInterval(() => {
    if (pid !== undefined) peak = Math.max(peak ?? 0, peakOfTreeMB(pid) ?? 0) || undefined;
  }, WATCH_MILLISECONDS);
  let interrupted = false;
  const end = (): void => {
    interrupted = true;
    if (pid !== undefined) processTree(pid).forEach(terminate);
  };
  for (const signal of signals) process.on(signal, end);
  process.on('disconnect', end);
  return new Promise<ChildOutcome>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      done({ code, interrupted, ...text, peakResidentMB: peak ?? null });
    });
  }).finally(() => {
    clearInterval(watch);
    for (const signal of signals) process.off(signal, end);
    process.off('disconnect', end);
  });
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // it has ended already
  }
}

/** The objects among the lines of a program's output. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return []; // not JSON after all
      }
    });
}
