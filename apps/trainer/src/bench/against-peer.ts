import { fileURLToPath } from 'node:url';
import { jsonLines, runChild } from './child.ts';
import { textOfPair } from './comparison-text.ts';
import { alternate, type Measured, type Pair } from './pairs.ts';
import { requireSuccess } from './peer.ts';

const launcher = fileURLToPath(new URL('../../bin/tessera.mjs', import.meta.url));

/** One run of a benchmark of ours, in a process of its own, as the peer's are. */
export interface OwnRun {
  /** What it printed as JSON. */
  readonly report: unknown;
  /** null where the system does not tell. */
  readonly peakResidentMB: number | null;
}

/** Runs `tessera bench`. @param args with --json @throws TesseraError `E_BENCH_FAILED`, `E_INTERRUPTED` */
export async function runOurselves(args: readonly string[]): Promise<OwnRun> {
  const outcome = await runChild(process.execPath, [launcher, 'bench', ...args]);
  requireSuccess(outcome, { code: 'E_BENCH_FAILED', who: 'our run', next: 'Run it without --peer.' });
  return { report: jsonLines(outcome.stdout).at(-1), peakResidentMB: outcome.peakResidentMB };
}

/** Alternates the two sides and tells of each pair. */
export function alternateAloud(
  { pairs: count, json, unit }: { readonly pairs: number; readonly json: boolean; readonly unit: string },
  sides: { readonly tessera: () => Promise<Measured>; readonly peer: () => Promise<Measured> },
): Promise<readonly Pair[]> {
  // With --json, standard output holds the one object alone.
  const tell = json ? process.stderr : process.stdout;
  return alternate(count, sides, (pair, index) => {
    tell.write(`pair ${index + 1}/${count}: ${textOfPair(pair, unit)}\n`);
  });
}
