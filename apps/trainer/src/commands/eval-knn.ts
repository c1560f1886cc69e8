import { parseOptions, TesseraError, type Evaluation, type EventBus, type Metrics } from '@tessera/core';
import { knn, knnOptions } from '@tessera/evaluation';
import { compose } from '../compose.ts';
import { openEvaluationImages } from '../evaluation-images.ts';
import { noTestImages, openTrainingImages, type ImageSet } from '../images.ts';
import { prepareRecipe } from '../prepare.ts';
import { openRecipeEngine } from '../run/engine.ts';
import { loadEncoder } from '../run/encoder-file.ts';
import { openRunFolder } from '../run/files.ts';
import { evaluationContext } from '../training/features.ts';
import { dataDoubts, tellWarnings } from '../training/tell-warnings.ts';
import { definedOnly } from './defined-only.ts';

export interface KnnFlags {
  readonly run: string;
  readonly data?: string | undefined;
  /** Changes of what the run says of its data. */
  readonly set?: readonly string[];
  readonly engine?: string | undefined;
  readonly device?: string | undefined;
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
  const report = await evaluateKnn(run, {
    ...flags,
    warn: (message) => process.stderr.write(`warning: ${message}\n`),
  });
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
    data,
    set = [],
    engine: choice,
    device,
    warn = () => undefined,
    ...options
  }: {
    readonly data?: string | undefined;
    readonly set?: readonly string[];
    readonly engine?: string | undefined;
    readonly device?: string | undefined;
    readonly k?: number;
    readonly temperature?: number;
    /** Gets each warning once. */
    readonly warn?: (message: string) => void;
  } = {},
): Promise<KnnReport> {
  parseOptions(knnOptions, options, 'knn'); // before anything is read
  const folder = openRunFolder(run);
  refuseOtherChanges(set);
  const prepared = await prepareRecipe(folder.recipe, { ...definedOnly({ data, engine: choice, device }), set });
  const training = await openTrainingImages(prepared);
  const evaluated = await openEvaluationImages(prepared, training);
  if (!evaluated) throw await noTestImages(prepared);
  const { bank, test: queries } = evaluated;
  const composition = compose(prepared);
  listenForWarnings(composition.bus, warn);
  tellWarnings(composition.bus, [...dataDoubts([training, queries]), ...evaluated.warnings]);
  try {
    const engine = await openRecipeEngine(prepared.recipe.trainer);
    const encoder = composition.method.representation;
    const evaluation: Evaluation = knn.build(options, evaluationContext(composition, encoder, bank, queries));
    const untrained = await evaluation.run();
    loadEncoder(folder.encoder, encoder);
    const trained = await evaluation.run();
    return {
      run: folder.root,
      top1: metric(trained, 'top1'),
      untrainedTop1: metric(untrained, 'top1'),
      k: metric(trained, 'k'),
      temperature: metric(trained, 'temperature'),
      ...countsOf(bank, metric(trained, 'bank'), queries, metric(trained, 'queries')),
      bankClasses: new Set(Array.from(bank.indices, (index) => bank.dataset.label(index))).size,
      engine: engine.name,
      protocol: evaluation.protocol,
    };
  } finally {
    await composition.dispose();
  }
}

/** A run's images may lie elsewhere; the rest of it is done. */
function refuseOtherChanges(set: readonly string[]): void {
  const other = set.find((assignment) => !assignment.startsWith('data.'));
  if (other === undefined) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `--set ${other} would change the run that is measured`,
    next: 'Only what begins with data. can be set here, such as data.options.testFolder=val.',
  });
}

/** Hands each warning on once: the untrained and the trained encoder see the same images. */
function listenForWarnings(bus: EventBus, warn: (message: string) => void): void {
  const told = new Set<string>();
  bus.ofType('warning').subscribe(({ message, code }) => {
    const line = `${message} [${code}]`;
    if (!told.has(line)) warn(line);
    told.add(line);
  });
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

function metric(metrics: Metrics, name: string): number {
  return metrics[name] ?? NaN;
}
