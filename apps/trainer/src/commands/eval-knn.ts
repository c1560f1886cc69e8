import type { Metrics } from '@tessera/core';
import { definedOnly, measure, type ImageSet } from '@tessera/run/parts';
import { lineTo, openMeasuredRun, warnOnStderr, type MeasureFlags } from './open-measured-run.ts';

export interface KnnFlags extends Omit<MeasureFlags, 'warn'> {
  readonly run: string;
  readonly k: number;
  readonly temperature: number;
  readonly json: boolean;
}

/** Images, of both sides. */
interface KnnCounts {
  /** Images that were compared with, and scored. */
  readonly bank: number;
  readonly queries: number;
  /** Images that cannot be read. */
  readonly unreadableBank: number;
  readonly unreadableQueries: number;
  /** Images without a label. */
  readonly unlabelledBank: number;
  readonly unlabelledQueries: number;
}

/** What `eval knn` reports. Scores are fractions. */
export interface KnnReport extends KnnCounts {
  readonly run: string;
  readonly top1: number;
  /** The same protocol on the seed's fresh initialisation: what architecture and pixels give for nothing. */
  readonly untrainedTop1: number;
  readonly k: number;
  readonly temperature: number;
  /** Classes that the bank's images are of; with one, the score means nothing. */
  readonly bankClasses: number;
  readonly engine: string;
  readonly protocol: string;
}

/** `tessera eval knn`. */
export async function evalKnnCommand({ run, json, ...flags }: KnnFlags): Promise<void> {
  const report = await evaluateKnn(run, { ...flags, warn: warnOnStderr });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : textOf(report));
}

function textOf(report: KnnReport): string {
  const { bank, unreadableBank, unlabelledBank, queries, unreadableQueries, unlabelledQueries } = report;
  const nothing = report.bankClasses === 1 ? '  (means nothing: the bank is of one class)' : '';
  return [
    `kNN top-1: ${report.top1.toFixed(4)}  (untrained: ${report.untrainedTop1.toFixed(4)})${nothing}`,
    `bank ${share(bank, unreadableBank, unlabelledBank)}, queries ${share(queries, unreadableQueries, unlabelledQueries)}, engine ${report.engine}`,
    report.protocol,
    '',
  ].join('\n');
}

/** `8 images`, or `6 of 8 images (2 without a label)`. */
function share(used: number, unreadable: number, unlabelled: number): string {
  if (unreadable + unlabelled === 0) return `${String(used)} images`;
  const reasons = [
    ...(unlabelled > 0 ? [`${String(unlabelled)} without a label`] : []),
    ...(unreadable > 0 ? [`${String(unreadable)} unreadable`] : []),
  ];
  return `${String(used)} of ${String(used + unreadable + unlabelled)} images (${reasons.join(', ')})`;
}

/** Scores a run's encoder and, by the same protocol, what it started from. */
export async function evaluateKnn(
  run: string,
  {
    k,
    temperature,
    ...flags
  }: MeasureFlags & {
    readonly k?: number;
    readonly temperature?: number;
  } = {},
): Promise<KnnReport> {
  const { warn = () => undefined } = flags;
  const choice = { name: 'knn', options: definedOnly({ k, temperature }) };
  const { report, images } = await measure(await openMeasuredRun(run, flags), choice, { warn: lineTo(warn) });
  const { trained, untrained, protocol, engine } = report;
  const { labelled } = images;
  if (!labelled) throw new Error('kNN needs labels, so it was given labelled images');
  const { bank, test } = labelled;
  return {
    run: report.run,
    top1: metric(trained, 'top1'),
    untrainedTop1: metric(untrained, 'top1'),
    k: metric(trained, 'k'),
    temperature: metric(trained, 'temperature'),
    ...countsOf(bank, metric(trained, 'bank'), test, metric(trained, 'queries')),
    bankClasses: new Set(Array.from(bank.indices, (index) => bank.dataset.label(index))).size,
    engine,
    protocol,
  };
}

/** @param inBank rows of features that were made of the bank @param scored of the queries */
function countsOf(bank: ImageSet, inBank: number, queries: ImageSet, scored: number): KnnCounts {
  return {
    bank: inBank,
    queries: scored,
    unreadableBank: bank.indices.length - inBank,
    unreadableQueries: queries.indices.length - scored,
    unlabelledBank: bank.unlabelled?.length ?? 0,
    unlabelledQueries: queries.unlabelled?.length ?? 0,
  };
}

/** A metric of a score. */
function metric(metrics: Metrics, name: string): number {
  return metrics[name] ?? NaN;
}
