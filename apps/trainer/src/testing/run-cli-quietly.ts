import { vi } from 'vitest';
import { runCli } from '../cli.ts';

/** What a command ended with and wrote. */
export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tessera ARGS` in this process and keeps what it writes. */
export async function runCliQuietly(args: readonly string[]): Promise<CliOutcome> {
  const text = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      text[stream] += String(chunk);
      return true;
    }),
  );
  try {
    return { code: await runCli(args), ...text };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
