import type { Comparison, Measured, Pair } from './pairs.ts';

/** One line. @param unit of the rates */
export function textOfPair({ tessera, peer, ratio }: Pair, unit: string): string {
  const side = ({ rate, peakResidentMB }: Measured): string =>
    `${rate.toFixed(1)} ${unit}${peakResidentMB === null ? '' : `, ${peakResidentMB.toFixed(0)} MB`}`;
  return `tessera ${side(tessera)}; peer ${side(peer)}; ratio ${ratio.toFixed(3)}`;
}

/** What a person reads at the end. @param unit of the rates */
export function textOfComparison(comparison: Comparison, unit: string): string {
  const { tesseraMedian, peerMedian, ratioOfMedians, ratioMedian, ratioInterval, ratioCoverage, memory } = comparison;
  const [low, high] = ratioInterval.map((value) => value.toFixed(3));
  return [
    `medians: tessera ${tesseraMedian.toFixed(1)}, peer ${peerMedian.toFixed(1)} ${unit}; ratio ${ratioOfMedians.toFixed(3)}`,
    `ratio of a pair: median ${ratioMedian.toFixed(3)}, ${(100 * ratioCoverage).toFixed(1)} % interval ${low} to ${high}`,
    memory
      ? `peak resident memory: tessera ${memory.tesseraMB.toFixed(0)} MB, peer ${memory.peerMB.toFixed(0)} MB; ratio ${memory.ratio.toFixed(3)}`
      : 'peak resident memory: not measured on this system',
    '',
  ].join('\n');
}
