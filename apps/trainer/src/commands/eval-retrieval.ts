import { definedOnly } from '@tessera/run/parts';
import { evaluate } from '@tessera/run';
import { lineTo, openMeasuredRun, warnOnStderr, type MeasureFlags } from './open-measured-run.ts';

/** What `eval retrieval` reports. Scores are fractions. */
export interface RetrievalReport {
  readonly run: string;
  readonly top1: number;
  /** The same protocol on the seed's fresh initialisation: what architecture and pixels give for nothing. */
  readonly untrainedTop1: number;
  /** What guessing gives: 1 / images. */
  readonly chance: number;
  readonly images: number;
  /** Times that two views of each image were drawn. */
  readonly draws: number;
  /** False: the run trained on these images, for want of others. */
  readonly heldOut: boolean;
  readonly engine: string;
  readonly protocol: string;
}

/** `tessera eval retrieval`. */
export async function evalRetrievalCommand({
  run,
  json,
  ...flags
}: Omit<MeasureFlags, 'warn'> & {
  readonly run: string;
  readonly images?: number;
  readonly draws?: number;
  readonly json: boolean;
}): Promise<void> {
  const report = await evaluateRetrieval(run, { ...flags, warn: warnOnStderr });
  process.stdout.write(
    json ? `${JSON.stringify(report)}\n` : `${verdictOf(report)}\nengine ${report.engine}\n${report.protocol}\n`,
  );
}

/** Scores a run's encoder and, by the same protocol, what it started from, on images without labels. */
export async function evaluateRetrieval(
  run: string,
  { images, draws, ...flags }: MeasureFlags & { readonly images?: number; readonly draws?: number } = {},
): Promise<RetrievalReport> {
  const { warn = () => undefined } = flags;
  const choice = { name: 'retrieval', options: definedOnly({ images, draws }) };
  const measured = await evaluate(await openMeasuredRun(run, flags), choice, { warn: lineTo(warn) });
  const { run: folder, trained, untrained, engine, protocol } = measured;
  const metric = (name: string): number => trained[name] ?? NaN;
  return {
    run: folder,
    top1: metric('top1'),
    untrainedTop1: untrained['top1'] ?? NaN,
    chance: metric('chance'),
    images: metric('images'),
    draws: metric('draws'),
    heldOut: metric('heldOut') === 1,
    engine,
    protocol,
  };
}

/** The score, what it is to be compared with, and of which images. */
export function verdictOf({ top1, untrainedTop1, chance, images, draws, heldOut }: RetrievalReport): string {
  const which = heldOut
    ? 'that training did not see'
    : 'that training saw: none are held out (data.testFraction holds some out)';
  return (
    `retrieval of an image's other view, top-1: ${top1.toFixed(4)}  (untrained: ${untrainedTop1.toFixed(4)}, chance: ${chance.toFixed(4)})\n` +
    `${images} images ${which}, ${draws} ${draws === 1 ? 'draw' : 'draws'} of two views each`
  );
}
