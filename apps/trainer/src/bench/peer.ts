import { TesseraError } from '@tessera/core';
import { jsonLines, runChild, type ChildOutcome } from './child.ts';
import type { Measured } from './pairs.ts';

/** The launcher's setting, see bin/tessera.mjs; a peer must not run with it unless it is the person's own. */
const LAUNCHER_MALLOC = '4294967296';

/** A line of JSON that a peer prints. */
export type PeerLine = Readonly<Record<string, unknown>>;

/** One run of a peer: its rate, and all that it said. */
export interface PeerRun extends Measured {
  readonly lines: readonly PeerLine[];
}

/**
 * Runs a peer's command in a shell and reads its rate from the last line of JSON that has one.
 * @param keys names of the rate, in the order of preference @param counts whether a line is about what is compared
 * @throws TesseraError `E_PEER_FAILED`, `E_PEER_OUTPUT`, `E_INTERRUPTED`
 */
export async function runPeer(
  command: string,
  keys: readonly string[],
  counts: (line: PeerLine) => boolean = () => true,
): Promise<PeerRun> {
  const { MALLOC_MMAP_THRESHOLD_: mmap, MALLOC_TRIM_THRESHOLD_: trim, ...env } = process.env;
  if (mmap !== undefined && mmap !== LAUNCHER_MALLOC) env['MALLOC_MMAP_THRESHOLD_'] = mmap;
  if (trim !== undefined && trim !== LAUNCHER_MALLOC) env['MALLOC_TRIM_THRESHOLD_'] = trim;
  const outcome = await runChild('sh', ['-c', command], { env });
  requireSuccess(outcome, { code: 'E_PEER_FAILED', who: 'the peer command', next: `Run it by itself: ${command}` });
  const lines = jsonLines(outcome.stdout);
  const rate = rateOf(lines.filter(counts), keys);
  if (rate !== undefined) return { rate, peakResidentMB: outcome.peakResidentMB, lines };
  throw new TesseraError({
    code: 'E_PEER_OUTPUT',
    message: `the peer command printed no line of JSON with a positive ${keys.map((key) => `'${key}'`).join(' or ')}${lines.length > 0 ? ' that is about what is compared' : ''}`,
    next: `Let it end with a line such as {"${keys[0] ?? 'rate'}": 40.5}.`,
    kind: 'failure',
  });
}

/** @throws TesseraError with the given code, or `E_INTERRUPTED` */
export function requireSuccess(
  { code, interrupted, stderr }: ChildOutcome,
  failure: { readonly code: string; readonly who: string; readonly next: string },
): void {
  if (interrupted) {
    throw new TesseraError({
      code: 'E_INTERRUPTED',
      message: 'the benchmark was interrupted',
      next: 'Run it again; nothing was written.',
      kind: 'failure',
    });
  }
  if (code === 0) return;
  const said = stderr.trim().split('\n').at(-1)?.trim() ?? '';
  throw new TesseraError({
    code: failure.code,
    message: `${failure.who} ended with ${code ?? 'a signal'}${said === '' ? '' : `: ${said}`}`,
    next: failure.next,
    kind: 'failure',
  });
}

/** The last line's that has one. */
export function rateOf(lines: readonly PeerLine[], keys: readonly string[]): number | undefined {
  for (const line of lines.toReversed()) {
    const rate = keys.map((key) => line[key]).find((value) => typeof value === 'number');
    if (typeof rate === 'number' && Number.isFinite(rate) && rate > 0) return rate;
  }
  return undefined;
}
