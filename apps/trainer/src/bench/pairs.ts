/** Alternating runs of Tessera and a peer, and what they come to. Imports nothing but its neighbours. */
import { median, medianInterval } from './statistics.ts';

/** One run of one side. */
export interface Measured {
  /** Work per second; the unit is the caller's. */
  readonly rate: number;
  /** null: not measured. */
  readonly peakResidentMB: number | null;
}

export interface Pair {
  readonly tessera: Measured;
  readonly peer: Measured;
  /** Tessera's rate over the peer's. */
  readonly ratio: number;
}

/** What pairs come to. Ratios are Tessera's over the peer's. */
export interface Comparison {
  readonly pairs: number;
  readonly tesseraMedian: number;
  readonly peerMedian: number;
  readonly ratioOfMedians: number;
  /** Median of the pairs' ratios, and where it lies; see {@link medianInterval}. */
  readonly ratioMedian: number;
  readonly ratioInterval: readonly [low: number, high: number];
  readonly ratioCoverage: number;
  /** Medians in MB, and their ratio; null where either was not measured. */
  readonly memory: { readonly tesseraMB: number; readonly peerMB: number; readonly ratio: number } | null;
}

/** Runs both sides so many times, one after the other, the order swapped from pair to pair: a machine that slows down slows both. */
export async function alternate(
  count: number,
  sides: { readonly tessera: () => Promise<Measured>; readonly peer: () => Promise<Measured> },
  onPair: (pair: Pair, index: number) => void,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index++) {
    const early = index % 2 === 0 ? await sides.tessera() : await sides.peer();
    const late = index % 2 === 0 ? await sides.peer() : await sides.tessera();
    const [tessera, peer] = index % 2 === 0 ? [early, late] : [late, early];
    const pair = { tessera, peer, ratio: tessera.rate / peer.rate };
    pairs.push(pair);
    onPair(pair, index);
  }
  return pairs;
}

export function compare(pairs: readonly Pair[]): Comparison {
  const medianOf = (side: 'tessera' | 'peer'): number => median(pairs.map((pair) => pair[side].rate));
  const [tesseraMedian, peerMedian] = [medianOf('tessera'), medianOf('peer')];
  const ratios = pairs.map(({ ratio }) => ratio);
  const { low, high, coverage } = medianInterval(ratios);
  return {
    pairs: pairs.length,
    tesseraMedian,
    peerMedian,
    ratioOfMedians: tesseraMedian / peerMedian,
    ratioMedian: median(ratios),
    ratioInterval: [low, high],
    ratioCoverage: coverage,
    memory: memoryOf(pairs),
  };
}

function memoryOf(pairs: readonly Pair[]): Comparison['memory'] {
  const medianOf = (side: 'tessera' | 'peer'): number => median(pairs.map((pair) => pair[side].peakResidentMB ?? NaN));
  const [tesseraMB, peerMB] = [medianOf('tessera'), medianOf('peer')];
  const known = pairs.every(({ tessera, peer }) => tessera.peakResidentMB !== null && peer.peakResidentMB !== null);
  return known ? { tesseraMB, peerMB, ratio: tesseraMB / peerMB } : null;
}
