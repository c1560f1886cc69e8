import { parseOptions, type EventOf } from '@tessera/core';
import { knn, knnOptions } from '@tessera/evaluation';
import { openBankImages, openTestImages, type ImageSet } from '../images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { noTestImages, requireClasses, type EvaluationImages } from '../training/features.ts';
import { definedOnly } from './defined-only.ts';
import { measureRun, metric, type MeasureFlags } from './measure-run.ts';

export interface KnnFlags {
  readonly run: string;
  readonly data?: string | undefined;
  readonly engine?: string | undefined;
  readonly device?: string | undefined;
  readonly k: number;
  readonly temperature: number;
  readonly json: boolean;
}

/** What `eval knn` reports. Scores are fractions. */
export interface KnnReport {
  readonly run: string;
  readonly top1: number;
  /** The same protocol on the seed's fresh initialisation: what architecture and pixels give for nothing. */
  readonly untrainedTop1: number;
  readonly k: number;
  readonly temperature: number;
  /** Images. */
  readonly bank: number;
  readonly queries: number;
  /** Query images that cannot be read. */
  readonly unreadableQueries: number;
  readonly engine: string;
  readonly protocol: string;
}

/** `tessera eval knn`. */
export async function evalKnnCommand({ run, json, ...flags }: KnnFlags): Promise<void> {
  const report = await evaluateKnn(run, {
    ...flags,
    warn: (message) => process.stderr.write(`warning: ${message}\n`),
  });
  process.stdout.write(
    json
      ? `${JSON.stringify(report)}\n`
      : `kNN top-1: ${report.top1.toFixed(4)}  (untrained: ${report.untrainedTop1.toFixed(4)})\n` +
          `bank ${report.bank} images, queries ${report.queries} images, engine ${report.engine}\n${report.protocol}\n`,
  );
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
  const checked = parseOptions(knnOptions, definedOnly({ k, temperature }), 'knn');
  const measured = await measureRun(run, flags, openLabelled, (context) => knn.build(checked, context));
  const { trained, untrained, protocol, engine, images, warnings } = measured;
  const { queries } = images;
  const unreadableQueries = queries ? unreadableOf(queries, warnings) : 0;
  if (queries && unreadableQueries > 0) {
    flags.warn?.(
      `${unreadableQueries} of ${queries.indices.length} query images cannot be read and are left out of the score [W_QUERIES_UNREADABLE]`,
    );
  }
  return {
    run: measured.run,
    top1: metric(trained, 'top1'),
    untrainedTop1: metric(untrained, 'top1'),
    k: metric(trained, 'k'),
    temperature: metric(trained, 'temperature'),
    bank: metric(trained, 'bank'),
    queries: metric(trained, 'queries'),
    unreadableQueries,
    engine,
    protocol,
  };
}

/**
 * What kNN looks at. Labels are asked for first: without them, test images would not help.
 * @throws TesseraError `E_DATA_UNLABELLED`, `E_NO_TEST_IMAGES`
 */
async function openLabelled(prepared: PreparedRecipe, training: ImageSet): Promise<EvaluationImages> {
  const bank = await openBankImages(prepared, training);
  requireClasses(bank);
  const queries = (await openTestImages(prepared, training)) ?? noTestImages(prepared.recipe.data);
  return { bank, queries, views: { images: queries, heldOut: true } };
}

function unreadableOf({ dataset, indices }: ImageSet, warnings: readonly EventOf<'warning'>[]): number {
  const bad = new Set(warnings.flatMap(({ code, details }) => (code === 'W_BAD_IMAGE' ? [details?.['path']] : [])));
  return indices.reduce((count, index) => count + (bad.has(dataset.describe(index)) ? 1 : 0), 0);
}
